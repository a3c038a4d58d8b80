//! Whose a hidden thought is.
//!
//! Several vendors speak Responses, each hides thoughts in `encrypted_content`, and none can read another's: it
//! refuses the request. What it is cannot be told from outside. So each is marked with its vendor as it arrives
//! (`by:openai:…`), and on its way back the vendor gets its own without the mark, and no other vendor's at all.
//! What bears no mark was not brought by this gateway, and is sent as it is.

use crate::search;

const MEMBER: &str = "\"encrypted_content\"";
const BY: &str = "by:";

/// An answer or an event with its hidden thoughts marked; `None`: there are none. A name of a member cannot stand in
/// a text of JSON, where its quotes would be escaped.
#[must_use]
pub fn marked(json: &[u8], vendor: &str) -> Option<Vec<u8>> {
    let mut out: Option<Vec<u8>> = None;
    let mut from = 0;
    for at in search::places(json, MEMBER) {
        let value = at + MEMBER.len();
        let rest = json.get(value..).unwrap_or_default();
        let gap = rest.iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b':').count();
        let is_escaped = at.checked_sub(1).and_then(|before| json.get(before)) == Some(&b'\\');
        // Something must be in it.
        let opens = rest.get(gap) == Some(&b'"') && rest.get(gap + 1).is_some_and(|next| *next != b'"');
        if is_escaped || !opens {
            continue;
        }
        let out = out.get_or_insert_with(|| Vec::with_capacity(json.len() + 32));
        let place = value + gap + 1;
        out.extend_from_slice(json.get(from..place).unwrap_or_default());
        for part in [BY, vendor, ":"] {
            out.extend_from_slice(part.as_bytes());
        }
        from = place;
    }
    let mut out = out?;
    out.extend_from_slice(json.get(from..).unwrap_or_default());
    Some(out)
}

/// What a vendor is sent of that: its own without the mark, what bears none; `None`: another's.
#[must_use]
pub fn own<'a>(hidden: &'a str, vendor: &str) -> Option<&'a str> {
    let Some(marked) = hidden.strip_prefix(BY) else { return Some(hidden) };
    marked.strip_prefix(vendor)?.strip_prefix(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_bears_its_vendor_and_nothing_else_changes() {
        let json = br#"{"output":[{"encrypted_content" : "E","text":"a \"encrypted_content\":\"x\""},{"encrypted_content":null},{"encrypted_content":""},{"encrypted_content":"F"}]}"#;
        let marked = marked(json, "openai").unwrap();
        assert_eq!(
            String::from_utf8(marked).unwrap(),
            r#"{"output":[{"encrypted_content" : "by:openai:E","text":"a \"encrypted_content\":\"x\""},{"encrypted_content":null},{"encrypted_content":""},{"encrypted_content":"by:openai:F"}]}"#
        );
        assert!(super::marked(br#"{"encrypted_content":null}"#, "openai").is_none());
        assert!(super::marked(b"\"encrypted_content\"", "openai").is_none());
    }
}
