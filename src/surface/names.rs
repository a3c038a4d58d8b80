//! Names of tools as others hear them, where they do not take the caller's own.
//!
//! Anthropic takes names of 128 characters, OpenAI and most others of 64; agents put the name of a server before that of its
//! tool. And who speaks Responses may keep tools in namespaces, as Codex does: others hear both names in one. On the way
//! back it is told by the name, too, in which form the caller has the tool.

use std::borrow::Cow;

use crate::chat::request::{Form, Own, Renamed};
use crate::json::{self, filled, quoted};
use crate::text;

/// So long a name all take, in bytes.
const LONGEST: usize = 64;
/// So many characters of a longer one are kept, before nine that tell it from its like.
const KEPT: usize = 54;

/// The name that others hear of a tool, which may be in a namespace. All are JSON text.
pub(super) fn heard<'n>(space: Option<&str>, name: &'n str) -> Cow<'n, str> {
    if space.is_none() && name.len() <= LONGEST {
        return Cow::Borrowed(name);
    }
    let Some(mut whole) = json::text(name) else { return Cow::Borrowed(name) };
    if let Some(space) = space.and_then(json::text) {
        let taken = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        whole = format!("{space}__{whole}").chars().map(taken).collect();
    }
    if whole.len() > LONGEST {
        whole = format!("{}_{}", text::shortened(&whole, KEPT), text::nine(&whole));
    }
    Cow::Owned(quoted(&whole))
}

/// A tool that others know by another name, or in another form; `None`: they know it as it is.
pub(super) fn renamed(space: Option<&str>, name: &str, form: Form) -> Option<Renamed> {
    let heard = heard(space, name);
    let differs = form != Form::Function || heard != name;
    differs.then(|| Renamed { heard: heard.into_owned(), own: Own { name: members(space, name), form } })
}

/// How the caller knows the tool that was called by this name.
pub(super) fn own(name: &str, renamed: &[Renamed]) -> Own {
    match renamed.iter().find(|tool| tool.heard == name) {
        Some(tool) => tool.own.clone(),
        None => Own { name: members(None, name), form: Form::Function },
    }
}

fn members(space: Option<&str>, name: &str) -> String {
    match space {
        Some(space) => filled(r#""name":$,"namespace":$"#, &[name, space]),
        None => filled(r#""name":$"#, &[name]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_becomes_a_short_one_and_its_own_again() {
        let names = ["a", "b"].map(|end| quoted(&format!("mcp__{}{end}", "n".repeat(100))));
        let tools = [0, 1].map(|place: usize| renamed(None, &names[place], Form::Function).unwrap());
        assert_eq!(tools.clone().map(|tool| tool.heard.len()), [66, 66]);
        assert_ne!(tools[0].heard, tools[1].heard, "alike for as long as others take");
        for (tool, name) in tools.iter().zip(&names) {
            assert_eq!(own(&tool.heard, &tools).name, format!(r#""name":{name}"#));
        }
        assert_eq!(own(r#""f""#, &tools).name, r#""name":"f""#);
        assert_eq!(renamed(None, &quoted(&"n".repeat(64)), Form::Function), None);
    }

    #[test]
    fn a_namespace_goes_before_the_name_and_is_one_again() {
        let tool = renamed(Some(r#""mcp.files""#), r#""read file""#, Form::Function).unwrap();
        assert_eq!(tool.heard, r#""mcp_files__read_file""#);
        let meant = r#""name":"read file","namespace":"mcp.files""#;
        assert_eq!(own(&tool.heard, std::slice::from_ref(&tool)).name, meant);
    }
}
