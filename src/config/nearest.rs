//! "Did you mean": the known names nearest to an unknown one.

/// Longer names are not compared: the cost grows with the product of the lengths, and a caller chooses one.
const LONGEST: usize = 200;

/// The known name nearest to this one, if it is near enough to be meant.
pub(super) fn nearest(name: &str, known: &[&str]) -> Option<String> {
    several(name, known, 1).pop()
}

/// Up to `most` known names near this one, the nearest first, each once. A third of the letters may differ, and
/// one at least.
pub(super) fn several(name: &str, known: &[&str], most: usize) -> Vec<String> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let name = name.to_ascii_lowercase();
    let tolerance = (name.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for known in known {
        let this = (strsim::osa_distance(&name, &known.to_ascii_lowercase()), *known);
        let place = near.partition_point(|other| *other < this);
        if this.0 <= tolerance && near.get(place) != Some(&this) {
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
