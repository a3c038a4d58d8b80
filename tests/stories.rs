//! Every row of the table of faults has its story, and where the wire matters a test in real workerd. What the
//! names promise is what the tests are reviewed for; this holds that none is missing or named after nothing.

#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The numbers behind `mark` in the files of a folder whose names end like this.
fn rows(folder: &str, ending: &str, marks: &[&str]) -> BTreeSet<u32> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found = BTreeSet::new();
    for file in files.filter(|file| file.to_string_lossy().ends_with(ending)) {
        let text = fs::read_to_string(file).unwrap();
        for mark in marks {
            found.extend(text.split(mark).skip(1).filter_map(number));
        }
    }
    found
}

/// The digits at the beginning, when a name follows them.
fn number(text: &str) -> Option<u32> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    (rest.starts_with('_') || rest.starts_with(": ")).then(|| digits.parse().ok())?
}

/// The rows of `tests/faults.md`, and which of them are proven in workerd.
fn table() -> (BTreeSet<u32>, BTreeSet<u32>) {
    let lines = include_str!("faults.md").lines().filter_map(|line| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        Some((cells.next()?.parse().ok()?, cells.nth(1)?))
    });
    let (mut all, mut wired) = (BTreeSet::new(), BTreeSet::new());
    for (row, places) in lines {
        assert!(all.insert(row), "row {row} stands twice in the table");
        assert!(matches!(places, "sim" | "sim, workerd"), "row {row} is proven in {places}?");
        if places == "sim, workerd" {
            wired.insert(row);
        }
    }
    (all, wired)
}

#[test]
fn every_row_of_the_table_of_faults_is_a_story() {
    let (all, _) = table();
    assert_eq!(all, (1..=43).collect(), "the rows of tests/faults.md");
    let stories = rows("tests", ".rs", &["\nfn row_"]);
    assert_eq!(all, stories, "the rows of tests/faults.md, and those with a test `row_N_…` in tests/*.rs");
}

#[test]
fn every_row_that_is_marked_so_is_proven_in_workerd() {
    let (all, wired) = table();
    let proven = rows("tests/worker", ".test.mjs", &["\"row ", "`row "]);
    let missing: Vec<_> = wired.difference(&proven).collect();
    assert!(missing.is_empty(), "no test `row N: …` in tests/worker for the rows {missing:?}");
    let unknown: Vec<_> = proven.difference(&all).collect();
    assert!(
        unknown.is_empty(),
        "tests in tests/worker name rows that tests/faults.md does not have: {unknown:?}"
    );
}
