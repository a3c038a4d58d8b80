//! What a caller asks for, member by member.

use super::models::Rules;
use crate::json::{self, Object};

/// What the caller asks for, and of whom.
pub(super) struct Asked<'a> {
    pub(super) object: &'a Object<'a>,
    /// What the configuration lays over it.
    pub(super) params: &'a [(String, String)],
    pub(super) rules: &'static Rules,
}

impl<'a> Asked<'a> {
    /// The value of a wish, as JSON text; `None` when there is none.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        let laid = self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        laid.or_else(|| self.object.value(name)).filter(|value| *value != "null")
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    /// A member of an object.
    pub(super) fn member(&self, name: &str, member: &str) -> Option<&'a str> {
        json::object(self.value(name)?)?.value(member)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let laid = self.params.iter().map(|(name, _)| name.as_str());
        let new = laid.filter(|name| self.object.value(name).is_none());
        self.object.members().map(|(name, _)| name).chain(new)
    }
}
