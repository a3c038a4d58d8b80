//! Changes to a JSON object: an edit is a splice, and every other byte stays as it was written.

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

use super::object::Object;
use super::string::quoted;
use super::{Change, with};

/// Changes to an [`Object`], gathered and then applied in one pass.
pub struct Edit<'o, 'a> {
    object: &'o Object<'a>,
    cuts: Vec<(Range<usize>, Cow<'o, str>)>,
    added: Vec<(String, Cow<'o, str>)>,
    removed: Vec<usize>,
}

impl<'o, 'a> Edit<'o, 'a> {
    /// No change yet.
    #[must_use]
    #[inline(never)]
    pub fn new(object: &'o Object<'a>) -> Self {
        Self { object, cuts: Vec::new(), added: Vec::new(), removed: Vec::new() }
    }

    /// Gives a member this value (JSON text): in its place if it is there, else at the end. The last value
    /// counts.
    #[inline(never)]
    pub fn set(&mut self, key: &str, json: impl Into<Cow<'o, str>>) {
        self.put(key, json.into());
    }

    #[inline(never)]
    fn put(&mut self, key: &str, json: Cow<'o, str>) {
        if let Some((index, member)) = self.object.member(key) {
            self.removed.retain(|removed| *removed != index);
            self.cuts.retain(|(place, _)| *place != member.place);
            self.cut(member.place.clone(), json);
        } else {
            self.unadd(key);
            self.added.push((key.to_owned(), json));
        }
    }

    fn unadd(&mut self, key: &str) {
        self.added.retain(|(known, _)| known != key);
    }

    /// The value that a member has by now, as JSON text, under the name that it had.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        let Some((index, member)) = self.object.member(key) else {
            return self.added.iter().find(|(known, _)| known == key).map(|(_, json)| json.as_ref());
        };
        if self.removed.contains(&index) {
            return None;
        }
        let set = self.cuts.iter().find(|(place, _)| *place == member.place);
        set.map(|(_, json)| json.as_ref()).or_else(|| self.object.value(key))
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cuts.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }

    /// Changes a member that is an object, as far as it has come by now; an empty one where there is none.
    pub fn within(&mut self, key: &str, change: Change<'_>) {
        let inner = self.value(key).filter(|value| value.starts_with('{')).unwrap_or("{}");
        if let Some(changed) = with(inner, change) {
            self.set(key, changed);
        }
    }

    /// Takes a member out, if it is there.
    pub fn remove(&mut self, key: &str) {
        self.unadd(key);
        if let Some((index, _)) = self.object.member(key)
            && !self.removed.contains(&index)
        {
            self.removed.push(index);
        }
    }

    /// Gives a member another name, if it is there.
    pub fn rename(&mut self, key: &str, name: &str) {
        let place = self
            .object
            .member(key)
            .and_then(|(index, member)| self.object.key_place(index, member.place.start));
        if let Some(place) = place {
            self.cut(place, Cow::Owned(quoted(name)));
        }
    }

    /// Notes a change, in the order of the places; at the same place, in the order of their making.
    fn cut(&mut self, place: Range<usize>, new: Cow<'o, str>) {
        let index = self.cuts.partition_point(|(known, _)| known.start <= place.start);
        self.cuts.insert(index, (place, new));
    }

    /// A member goes with one comma: the one before it, or behind it while no member is left before.
    fn cut_removed(&mut self) {
        let object = self.object;
        let mut leading = true;
        for (index, member) in object.members.iter().enumerate() {
            if !self.removed.contains(&index) {
                leading = false;
                continue;
            }
            let end = member.place.end;
            let end = if leading { object.skip(end) } else { end };
            self.cut(object.start(index)..end, Cow::Borrowed(""));
        }
    }

    /// Walks over the result: what is kept by its place, what is new as text.
    fn walk(mut self, each: &mut dyn FnMut(Part<'_>)) {
        self.cut_removed();
        let text = self.object.text;
        let end = memchr::memrchr(b'}', text).unwrap_or(0);
        if !self.added.is_empty() {
            let mut tail = String::new();
            for (key, json) in &self.added {
                if !tail.is_empty() || self.object.members.len() > self.removed.len() {
                    tail.push(',');
                }
                tail.push_str(&quoted(key));
                tail.push(':');
                tail.push_str(json);
            }
            self.cut(end..end, Cow::Owned(tail));
        }
        let mut at = 0;
        for (place, new) in &self.cuts {
            if place.start > at {
                each(Part::Kept(at..place.start));
            }
            // What stands in a member that goes, goes with it.
            if !new.is_empty() && place.start >= at {
                each(Part::New(new));
            }
            at = at.max(place.end);
        }
        if at < text.len() {
            each(Part::Kept(at..text.len()));
        }
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
    fn a_member_is_renamed_with_its_value_kept() {
        assert_eq!(
            edited(r#"{"a":0, "max_completion_tokens" : 5}"#, |edit| {
                edit.rename("max_completion_tokens", "max_tokens");
            }),
            r#"{"a":0, "max_tokens" : 5}"#
        );
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
