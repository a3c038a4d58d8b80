//! Where a value stands in the configuration, written out only when there is something to say about it.

use std::fmt;

use crate::text;

/// A place: a chain of steps from the top, each borrowed from the reader that took it.
#[derive(Clone, Copy)]
pub(in crate::config) struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Top,
    Field(&'a str),
    Item(usize),
}

impl<'a> Place<'a> {
    /// The whole configuration.
    pub(in crate::config) const ROOT: Place<'static> = Place { parent: None, step: Step::Top };

    /// A member of the object that stands here.
    #[inline(never)]
    pub(in crate::config) fn field<'b>(&'b self, name: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { parent: Some(self), step: Step::Field(name) }
    }

    /// An element of the list that stands here.
    pub(in crate::config) fn item(&self, index: usize) -> Place<'_> {
        Place { parent: Some(self), step: Step::Item(index) }
    }

    /// Whether this is the whole configuration.
    pub(in crate::config) fn is_root(&self) -> bool {
        matches!(self.step, Step::Top)
    }

    /// How many steps from the top.
    pub(in crate::config) fn depth(&self) -> usize {
        std::iter::successors(self.parent, |place| place.parent).count()
    }
}

/// A JSON path: `routes.standard.fallback[1]`, `models["lab/llama"].price`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Top => Ok(()),
            Step::Item(index) => write!(f, "[{index}]"),
            Step::Field(name) if is_plain(name) => {
                let at_the_top = self.parent.is_none_or(Place::is_root);
                write!(f, "{}{name}", if at_the_top { "" } else { "." })
            }
            Step::Field(name) => write!(f, "[{}]", super::shown(name)),
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && !super::text::looks_secret(name) && text::is_of(name, "_-$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_like_the_expression_that_leads_there() {
        let routes = Place::ROOT.field("routes");
        let standard = routes.field("standard");
        let fallback = standard.field("fallback");
        assert_eq!(fallback.item(1).to_string(), "routes.standard.fallback[1]");
        let models = Place::ROOT.field("models");
        assert_eq!(models.field("lab/llama").to_string(), r#"models["lab/llama"]"#);
        assert_eq!(Place::ROOT.to_string(), "");
        assert_eq!(fallback.depth(), 3);
    }
}
