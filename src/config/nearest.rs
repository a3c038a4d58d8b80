//! "Did you mean": the known names nearest to an unknown one.

use crate::table::Table;

/// Longer names are not compared: the cost grows with the product of the lengths, and a caller chooses one.
const LONGEST: usize = 200;

/// The known name nearest to this one, if it is near enough to be meant.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    several(name, known, 1).pop()
}

/// Up to `most` known names near this one, the nearest first.
pub(super) fn several<'k>(name: &str, known: impl IntoIterator<Item = &'k str>, most: usize) -> Vec<String> {
    ranked(name, &mut known.into_iter()).into_keys().take(most).map(|(_, known)| known.to_owned()).collect()
}

/// A third of the letters may differ, and one at least. The nearest first, each once.
fn ranked<'k>(name: &str, known: &mut dyn Iterator<Item = &'k str>) -> Table<(usize, &'k str), ()> {
    let mut near = Table::new();
    if name.len() > LONGEST {
        return near;
    }
    let name = name.to_ascii_lowercase();
    let tolerance = (name.chars().count() / 3).max(1);
    for known in known {
        let distance = strsim::osa_distance(&name, &known.to_ascii_lowercase());
        if distance <= tolerance {
            near.insert((distance, known), ());
        }
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_forgiven_and_a_stranger_is_not() {
        let known = ["fallback", "race", "balance", "auto"];
        assert_eq!(nearest("falback", known).as_deref(), Some("fallback"));
        assert_eq!(nearest("Race", known).as_deref(), Some("race"));
        assert_eq!(nearest("raec", known).as_deref(), Some("race"));
        assert_eq!(nearest("pipeline", known), None);
    }

    #[test]
    fn the_nearest_come_first() {
        assert_eq!(
            several("qwen-plus1", ["qwen-max", "qwen-plus", "qwen-plus2"], 2),
            ["qwen-plus", "qwen-plus2"]
        );
    }

    #[test]
    fn an_endless_name_costs_nothing() {
        assert_eq!(nearest(&"x".repeat(1_000_000), ["x"]), None);
    }
}
