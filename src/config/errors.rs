//! What is wrong with a configuration: everything at once, and never a secret.
//!
//! An error shows what was found only where a name or a number was expected anyway. A text in the
//! place of something else is "a text": people paste keys into the strangest fields.

use std::fmt;

use super::shape::Place;
use crate::json::Writer;
use crate::table::Table;

/// Every mistake in a configuration, in the order in which they were found. Never empty when returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigErrors(Vec<ConfigError>);

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where: a JSON path such as `routes.standard.fallback[1].timeouts.idle_ms`; empty for the whole.
    pub path: String,
    /// What stands there, shortened; never a secret.
    pub found: String,
    /// What should stand there.
    pub expected: String,
    /// The nearest known name, where a name is unknown.
    pub did_you_mean: Option<String>,
}

impl ConfigErrors {
    /// The mistakes.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON: a list of objects with `path`, `found`, `expected` and, if there is one, `did_you_mean`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut list = Writer::list();
        for error in &self.0 {
            let mut object = Writer::object();
            object
                .string("path", &error.path)
                .string("found", &error.found)
                .string("expected", &error.expected);
            if let Some(name) = &error.did_you_mean {
                object.string("did_you_mean", name);
            }
            list.element(&object.finish());
        }
        list.finish()
    }

    /// Notes what is wrong beside the configuration: in the environment that it comes with.
    #[cfg(all(feature = "worker", not(feature = "sim")))]
    pub(crate) fn add(&mut self, variable: &str, found: &str, expected: &str) {
        self.push(&Place::ROOT.field(variable), &found, &expected);
    }

    /// Keeps one mistake a place: what follows from the first would only confuse.
    pub(super) fn first_of_each_place(&mut self) {
        let mut seen = Table::new();
        self.0.retain(|error| seen.insert(error.path.clone(), ()));
    }

    /// Notes a mistake.
    pub(super) fn push(&mut self, place: &Place<'_>, found: &dyn fmt::Display, expected: &dyn fmt::Display) {
        self.suggest(place, found, expected, None);
    }

    /// Notes a mistake, and what was probably meant.
    pub(super) fn suggest(
        &mut self,
        place: &Place<'_>,
        found: &dyn fmt::Display,
        expected: &dyn fmt::Display,
        did_you_mean: Option<String>,
    ) {
        self.0.push(ConfigError {
            path: place.to_string(),
            found: found.to_string(),
            expected: expected.to_string(),
            did_you_mean,
        });
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match self.path.as_str() {
            "" => "the configuration",
            path => path,
        };
        write!(f, "{path}: found {}, expected {}", self.found, self.expected)?;
        match &self.did_you_mean {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ConfigErrors {}
impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_each_and_the_same_as_json() {
        let mut errors = ConfigErrors::default();
        let root = Place::ROOT;
        errors.push(&root, &"a list", &"an object");
        errors.suggest(&root.field("rutes"), &"an unknown field", &"routes", Some("routes".into()));
        assert_eq!(
            errors.to_string(),
            "the configuration: found a list, expected an object\n\
             rutes: found an unknown field, expected routes; did you mean `routes`?"
        );
        assert_eq!(
            errors.to_json(),
            r#"[{"path":"","found":"a list","expected":"an object"},{"path":"rutes","found":"an unknown field","expected":"routes","did_you_mean":"routes"}]"#
        );
    }
}
