//! "Did you mean": the known names nearest to an unknown one.

/// Longer names are not compared: the cost grows with the product of the lengths, and a caller chooses one.
const LONGEST: usize = 200;

/// Fewer letters are how anything begins.
const SHORTEST_BEGINNING: usize = 3;

/// The known name nearest to this one, if it is near enough to be meant.
pub(super) fn nearest(name: &str, known: &[&str]) -> Option<String> {
    several(name, known, 1).pop()
}

/// Up to `most` known names near this one, the nearest first, each once. A third of the letters may differ, and
/// one at least; or it is how they begin: `attempt` for `attempt_ms`, `gpt-5` for `gpt-5.4`.
pub(super) fn several(name: &str, known: &[&str], most: usize) -> Vec<String> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let letters = name.chars().count();
    let tolerance = (letters / 3).max(1);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for known in known {
        let lower = known.to_ascii_lowercase();
        let begins = name.len() >= SHORTEST_BEGINNING && lower.starts_with(&name);
        // So many letters differ at least.
        if lower.chars().count().abs_diff(letters) > tolerance && !begins {
            continue;
        }
        let this = (strsim::osa_distance(&name, &lower), *known);
        let place = near.partition_point(|other| *other < this);
        if (this.0 <= tolerance || begins) && near.get(place) != Some(&this) {
            near.insert(place, this);
            near.truncate(most);
        }
    }
    let mut names = Vec::new();
    for (_, known) in near {
        names.push(known.to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_forgiven_and_a_stranger_is_not() {
        let known = ["fallback", "race", "balance", "auto"];
        assert_eq!(nearest("falback", &known).as_deref(), Some("fallback"));
        assert_eq!(nearest("Race", &known).as_deref(), Some("race"));
        assert_eq!(nearest("raec", &known).as_deref(), Some("race"));
        assert_eq!(nearest("pipeline", &known), None);
    }

    #[test]
    fn a_name_that_stops_too_early_is_understood() {
        let known = ["idle_ms", "attempt_ms", "gpt-5.4", "gpt-5.4-mini", "gemini-pro"];
        assert_eq!(nearest("attempt", &known).as_deref(), Some("attempt_ms"));
        assert_eq!(several("GPT-5", &known, 3), ["gpt-5.4", "gpt-5.4-mini"]);
        assert_eq!(nearest("ge", &known), None);
    }

    /// A caller chooses the name, and might choose one of many letters: with thousands of models that took a second.
    #[test]
    fn names_of_another_length_are_not_compared() {
        let known = vec!["some-provider/some-model-of-its"; 1_000_000];
        assert_eq!(nearest(&"x".repeat(LONGEST), &known), None);
    }

    #[test]
    fn the_nearest_come_first() {
        assert_eq!(
            several("qwen-plus1", &["qwen-max", "qwen-plus", "qwen-plus2"], 2),
            ["qwen-plus", "qwen-plus2"]
        );
    }

    #[test]
    fn an_endless_name_costs_nothing() {
        assert_eq!(nearest(&"x".repeat(1_000_000), &["x"]), None);
    }
}
