//! Changes to a JSON object: an edit is a splice, and every other byte stays as it was written.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::object::Object;
use super::string::quoted;
use super::{Change, altered, edited, object, without};

/// Changes to an [`Object`], gathered and then applied in one pass.
pub struct Edit<'o, 'a> {
    object: &'o Object<'a>,
    /// By their names, what members become: this value, or nothing.
    changes: Vec<(String, Option<Cow<'o, str>>)>,
}

impl<'o, 'a> Edit<'o, 'a> {
    /// No change yet.
    #[must_use]
    pub fn new(object: &'o Object<'a>) -> Self {
        Self { object, changes: Vec::new() }
    }

    /// Gives a member this value (JSON text): in its place if it is there, else at the end. The last value
    /// counts.
    #[inline(never)]
    pub fn set(&mut self, key: &str, json: impl Into<Cow<'o, str>>) {
        self.put(key, Some(json.into()));
    }

    /// Takes a member out, if it is there.
    #[inline(never)]
    pub fn remove(&mut self, key: &str) {
        if self.value(key).is_some() {
            self.put(key, None);
        }
    }

    #[inline(never)]
    fn put(&mut self, key: &str, json: Option<Cow<'o, str>>) {
        match self.changes.iter_mut().find(|(known, _)| known == key) {
            Some((_, change)) => *change = json,
            None => self.changes.push((key.to_owned(), json)),
        }
    }

    fn change(&self, key: &str) -> Option<Option<&str>> {
        let (_, change) = self.changes.iter().find(|(known, _)| known == key)?;
        Some(change.as_deref())
    }

    /// The value that a member has by now, as JSON text.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.change(key).unwrap_or_else(|| self.object.value(key))
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Changes a member that is an object, as far as it has come by now; an empty one where there is none that can be
    /// read.
    pub fn within(&mut self, key: &str, change: Change<'_>) {
        let changed = {
            let inner = self.value(key).and_then(object).unwrap_or_else(Object::empty);
            altered(&inner, change)
        };
        if let Some(changed) = changed {
            self.set(key, changed);
        }
    }

    /// Changes a member's value, as far as it has come by now, where `change` makes something of it: whether it does.
    #[inline(never)]
    pub fn alter(&mut self, key: &str, change: &mut dyn FnMut(&str) -> Option<String>) -> bool {
        let changed = self.value(key).and_then(change);
        let is_changed = changed.is_some();
        if let Some(changed) = changed {
            self.set(key, changed);
        }
        is_changed
    }

    /// Changes the objects of a list that is a member: whether any of them changes.
    pub fn each(&mut self, key: &str, change: Change<'_>) -> bool {
        self.alter(key, &mut |list| edited(list, change))
    }

    /// Takes such objects out of a list that is a member: whether there are any.
    pub fn without(&mut self, key: &str, is_gone: &dyn Fn(&Object<'_>) -> bool) -> bool {
        self.alter(key, &mut |list| without(list, is_gone))
    }

    /// Walks over the result: what is kept by its place, what is new as text.
    fn walk(self, each: &mut dyn FnMut(Part<'_>)) {
        let object = self.object;
        let mut at = 0;
        let mut cut = |place: Range<usize>, new: &str| {
            if place.start > at {
                each(Part::Kept(at..place.start));
            }
            if !new.is_empty() {
                each(Part::New(new));
            }
            at = place.end;
        };
        // A member goes with one comma: the one before it, or behind it while no member is left before.
        let mut is_first = true;
        for (index, member) in object.members.iter().enumerate() {
            let place = member.place.clone();
            match self.change(&member.key) {
                Some(None) => {
                    let end = if is_first { object.skip(place.end) } else { place.end };
                    cut(object.start(index)..end, "");
                    continue;
                }
                Some(Some(json)) => cut(place, json),
                None => {}
            }
            is_first = false;
        }
        let mut tail = String::new();
        for (key, json) in &self.changes {
            if let (Some(json), None) = (json, object.member(key)) {
                tail.push_str(if is_first { "" } else { "," });
                tail.push_str(&quoted(key));
                tail.push(':');
                tail.push_str(json);
                is_first = false;
            }
        }
        let end = object.text.iter().rposition(|byte| *byte == b'}').unwrap_or(0);
        cut(end..end, &tail);
        each(Part::Kept(end..object.text.len()));
    }

    /// The result in pieces; `whole` must be the bytes that the object was read from, of which the
    /// pieces are slices.
    #[must_use]
    pub fn pieces(self, whole: &Bytes) -> Vec<Bytes> {
        let mut pieces = Vec::new();
        self.walk(&mut |part| {
            pieces.push(match part {
                Part::Kept(place) => whole.slice(place),
                Part::New(text) => Bytes::copy_from_slice(text.as_bytes()),
            });
        });
        pieces
    }

    /// The result as text; `None` when nothing changes.
    #[must_use]
    pub fn changed(self) -> Option<String> {
        if self.is_empty() { None } else { self.text() }
    }

    /// The result as text.
    #[must_use]
    pub fn text(self) -> Option<String> {
        let mut out = Vec::new();
        self.write(&mut out);
        String::from_utf8(out).ok()
    }

    /// Writes the result behind what `out` already holds.
    pub fn write(self, out: &mut Vec<u8>) {
        let text = self.object.text;
        self.walk(&mut |part| match part {
            Part::Kept(place) => out.extend_from_slice(text.get(place).unwrap_or_default()),
            Part::New(new) => out.extend_from_slice(new.as_bytes()),
        });
    }
}

enum Part<'p> {
    Kept(Range<usize>),
    New(&'p str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edited(text: &str, change: impl FnOnce(&mut Edit<'_, '_>)) -> String {
        let object = Object::read(text.as_bytes()).unwrap();
        let mut edit = Edit::new(&object);
        change(&mut edit);
        let whole = Bytes::copy_from_slice(text.as_bytes());
        let pieces = edit.pieces(&whole).concat();
        String::from_utf8(pieces).unwrap()
    }

    #[test]
    fn a_value_changes_in_its_place_and_nothing_else_does() {
        let text = " { \"a\" : 1.0e2, \"model\" :\t\"x\" , \"b\":\"\\ud83c\" } ";
        assert_eq!(
            edited(text, |edit| edit.set("model", "\"y\"")),
            " { \"a\" : 1.0e2, \"model\" :\t\"y\" , \"b\":\"\\ud83c\" } "
        );
    }

    #[test]
    fn a_member_goes_with_its_comma_wherever_it_stands() {
        for (text, left) in [
            (r#"{"x":1}"#, "{}"),
            (r#"{"x":1,"b":2}"#, r#"{"b":2}"#),
            (r#"{"a":0, "x":1, "b":2}"#, r#"{"a":0, "b":2}"#),
            (r#"{"a":0,"x":1 }"#, r#"{"a":0 }"#),
            (r#"{ "x":1 }"#, "{}"),
            (r#"{"a":0,"\u0078":[1,{"x":2}],"b":2}"#, r#"{"a":0,"b":2}"#),
        ] {
            assert_eq!(edited(text, |edit| edit.remove("x")), left);
        }
    }

    #[test]
    fn neighbours_are_removed_together_and_new_members_follow() {
        assert_eq!(
            edited(r#"{"x":1,"y":2}"#, |edit| {
                edit.remove("x");
                edit.remove("y");
                edit.set("z", "3");
                edit.set("w", "4");
            }),
            r#"{"z":3,"w":4}"#
        );
        assert_eq!(
            edited(r#"{"x":1,"y":2, "z":3}"#, |edit| {
                edit.remove("x");
                edit.remove("y");
            }),
            r#"{"z":3}"#
        );
        assert_eq!(edited(r#"{"a":1}"#, |edit| edit.set("z", "3")), r#"{"a":1,"z":3}"#);
    }

    #[test]
    fn what_is_set_within_is_set_whatever_stood_there() {
        for text in [r#"{}"#, r#"{"a":null}"#, r#"{"a":[1]}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":{"b":1}}"#] {
            let edited = edited(text, |edit| edit.within("a", &mut |_, inner| inner.set("b", "3")));
            assert_eq!(edited, r#"{"a":{"b":3}}"#);
        }
    }

    proptest! {
        #[test]
        fn any_edit_leaves_json_that_says_what_was_meant(
            keys in proptest::collection::btree_set("[a-e]", 0..5),
            changes in proptest::collection::vec((any::<bool>(), "[a-e]"), 0..5),
            gap in "[ \n\t]{0,2}",
        ) {
            let members: Vec<String> =
                keys.iter().map(|key| format!("{gap}\"{key}\"{gap}:{gap}[1,\"}}\"]{gap}")).collect();
            let text = format!("{gap}{{{}{gap}}}{gap}", members.join(","));
            let mut meant: serde_json::Map<_, _> =
                keys.iter().map(|key| (key.clone(), serde_json::json!([1, "}"]))).collect();
            let edited = edited(&text, |edit| {
                for (is_set, key) in &changes {
                    if *is_set {
                        edit.set(key, "7");
                        meant.insert(key.clone(), serde_json::json!(7));
                    } else {
                        edit.remove(key);
                        meant.remove(key);
                    }
                    for key in ["a", "b", "c", "d", "e"] {
                        let by_now = edit.value(key).map(|json| serde_json::from_str(json).unwrap());
                        assert_eq!(by_now.as_ref(), meant.get(key));
                    }
                }
            });
            let after: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&edited).unwrap();
            prop_assert_eq!(after, meant);
        }
    }
}
