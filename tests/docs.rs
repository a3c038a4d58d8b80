//! What the documentation says about providers, models, failures and configurations is what the code says.
//!
//! `docs/providers.md`, `docs/what-happens-when.md` and the examples of the README are written by this test. After a
//! change of the catalogue, of an example, or of what is said about a fault:
//! `UPDATE_DOCS=1 cargo test --features sim --test docs`.

#![cfg(test)]

mod support;

#[path = "docs/providers.rs"]
mod providers;
#[path = "docs/strategies.rs"]
mod strategies;
#[path = "docs/what_happens.rs"]
mod what_happens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use steadfast::Plan;
use steadfast::catalog;
use steadfast::class::{Again, Class, Classes, Harm, Next};
use steadfast::config::Timeouts;

#[test]
fn the_page_of_providers_is_up_to_date() {
    is_up_to_date("docs/providers.md", &providers::page());
}

#[test]
fn the_page_of_what_happens_is_up_to_date() {
    is_up_to_date("docs/what-happens-when.md", &what_happens::page());
}

#[test]
fn the_readme_shows_what_comes_of_its_strategies() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    is_up_to_date("README.md", &strategies::readme(&readme));
}

#[test]
fn the_page_about_new_providers_shows_code_that_is_there() {
    let page = fs::read_to_string(root().join("docs/adding-a-provider.md")).unwrap();
    let plain = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let files = ["src/catalog/providers.rs", "tests/fitting.rs"];
    let there = files.map(|file| plain(&fs::read_to_string(root().join(file)).unwrap()));
    let shown = blocks(&page, "rust");
    assert_eq!(shown.len(), 2);
    for block in shown {
        assert!(there.iter().any(|code| code.contains(plain(block).trim())), "no longer so:\n{block}");
    }
}

/// Holds a page to what is made now; or makes it so.
fn is_up_to_date(name: &str, made: &str) {
    let file = root().join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, made).unwrap();
    }
    assert!(
        fs::read_to_string(&file).unwrap_or_default() == made,
        "{name} is stale; renew it with: UPDATE_DOCS=1 cargo test --features sim --test docs"
    );
}

#[test]
fn every_fault_has_its_row_and_every_row_its_proof() {
    let numbers: Vec<u32> = what_happens::rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=43).collect::<Vec<_>>());
    let tests: String =
        ["tests", "tests/worker"].iter().map(|folder| sources(&root().join(folder))).collect();
    for row in what_happens::rows() {
        let ours = [format!("row_{}_", row.number), format!("row {}:", row.number)];
        assert!(ours.iter().any(|start| row.story.starts_with(start)), "{} is another row's", row.story);
        let known = [format!("fn {}(", row.story), format!("test(\"{}\"", row.story)];
        assert!(known.iter().any(|name| tests.contains(name)), "no test is called {}", row.story);
    }
}

/// The text of all files in a folder.
fn sources(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn every_model_in_the_documentation_is_in_the_catalogue() {
    let mut seen = BTreeSet::new();
    for (file, text) in pages() {
        for word in words(&text) {
            let Some((provider, model)) = word.split_once('/').filter(|_| !word.ends_with(".rs")) else {
                continue;
            };
            let known = match provider {
                "sim" => simulated().contains(word),
                _ if catalog::provider(provider).is_some() => {
                    catalog::model(provider, model).is_some() || catalog::embeds(model) == Some(provider)
                }
                _ => continue,
            };
            assert!(known, "{file} names {word}, which the catalogue does not have");
            seen.insert(word.to_owned());
        }
    }
    assert!(seen.len() > 20, "only {seen:?} were found");
}

#[test]
fn every_model_that_an_example_asks_for_can_be_had() {
    let mut count = 0;
    for (file, text) in pages() {
        for asked in asked_for(&text) {
            count += 1;
            let route = ["premium", "standard", "budget", "auto"].contains(&asked);
            let ours = text.contains(&format!("\"{asked}\": {{"));
            let bare = catalog::models_named(asked).next().is_some();
            // With a slash it was looked at above.
            assert!(asked.contains('/') || route || ours || bare, "{file} asks for {asked}");
        }
    }
    assert!(count > 10, "only {count} were found");
}

#[test]
fn every_configuration_in_the_documentation_is_valid() {
    let mut count = 0;
    for (file, text) in pages() {
        for block in blocks(&text, "json") {
            let shown: Value =
                serde_json::from_str(block).unwrap_or_else(|error| panic!("{file}: {error}\n{block}"));
            let is_config = ["providers", "models", "routes", "timeouts", "retry", "alerts", "auth"]
                .iter()
                .any(|field| shown.get(field).is_some());
            if is_config {
                count += 1;
                if let Err(errors) = Plan::from_json(block) {
                    panic!("{file}: {errors}\n{block}");
                }
            }
        }
    }
    assert!(count >= 3, "only {count} configurations were found");
}

/// The rows of the table of classes: what each allows, in the same words everywhere.
#[test]
fn the_page_of_failures_says_what_each_class_allows() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    for class in Class::ALL {
        let name = format!("| `{class}` |");
        let row = page.lines().find(|line| line.starts_with(&name));
        let row = row.unwrap_or_else(|| panic!("docs/faults.md has no row for {class}"));
        let policy = class.policy();
        let again = match policy.again {
            Again::No => "no |",
            Again::Backoff => "up to `retries` times",
            Again::LastHope => "only as the last hope",
            Again::AfterWait => "another key at once; else after the wait",
            Again::OtherKey => "with another key",
        };
        let next = match policy.next {
            Next::Yes if Classes::DEFAULT.contains(class) => "| yes",
            Next::Yes => "only if `on` names it",
            Next::LargerWindow => "only a larger window",
            Next::No => "| never |",
        };
        let harm = match policy.harm {
            Harm::None => "nothing |",
            Harm::Target => "counts for the breaker |",
            Harm::RestsKey => "the key rests for this model",
            Harm::SpendsKey => "the key rests for 5 minutes",
            Harm::RestsTarget => "the target rests for 10 minutes",
        };
        for words in [again, next, harm] {
            assert!(row.contains(words), "the row of {class} does not say {words:?}: {row}");
        }
    }
}

#[test]
fn the_page_of_failures_gives_the_clocks_their_defaults() {
    let page = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let (plain, thinking) = (Timeouts::STANDARD, Timeouts::REASONING);
    for (name, plain, thinking) in [
        ("headers_ms", plain.headers, thinking.headers),
        ("first_token_ms", plain.first_token, thinking.first_token),
        ("idle_ms", plain.idle, thinking.idle),
        ("attempt_ms", plain.attempt, thinking.attempt),
        ("deadline_ms", plain.deadline, thinking.deadline),
        ("stream_ms", plain.stream, thinking.stream),
    ] {
        let cells = format!("| `{name}` | {plain} | {thinking} |");
        assert!(page.contains(&cells), "docs/faults.md does not say {cells}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages that people read, each with its name.
fn pages() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> =
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].iter().map(|name| root().join(name)).collect();
    let docs = fs::read_dir(root().join("docs")).unwrap();
    files.extend(
        docs.map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "md")),
    );
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, text)
    };
    files.into_iter().map(read).collect()
}

/// Everything that could be a model's id: runs of its characters, a full stop at the end of a sentence cut off.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    text.split(move |c: char| !is_part(c)).map(|word| word.trim_end_matches(['.', '/', '-']))
}

/// What stands behind `"model":` and `model=` in the examples.
fn asked_for(text: &str) -> impl Iterator<Item = &str> {
    ["\"model\": \"", "model=\"", "model: \""]
        .into_iter()
        .flat_map(|before| text.split(before).skip(1))
        .filter_map(|after| after.split('"').next())
}

/// The code blocks of that language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let start = format!("```{language}\n");
    text.split(start.as_str()).skip(1).filter_map(|after| after.split("```").next()).collect()
}

fn simulated() -> BTreeSet<String> {
    let config: Value = serde_json::from_str(steadfast::sim::live::CONFIG).unwrap();
    let models = config.get("models").and_then(Value::as_object).unwrap();
    models.keys().cloned().collect()
}
