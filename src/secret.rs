//! Keys: held, compared and struck out of every text, never shown.

use std::fmt;
use std::rc::Rc;

use subtle::ConstantTimeEq as _;

use crate::search;
use crate::table::Table;

/// A key. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Rc<str>);

impl Secret {
    /// The key itself, for the one header it is meant for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The secrets of an environment, by name.
#[derive(Clone, Debug)]
pub struct Secrets {
    values: Table<String, Secret>,
    /// How one is set, for the error that asks for it: "Set one ...".
    pub(crate) set_how: &'static str,
}

impl Default for Secrets {
    fn default() -> Self {
        Self { values: Table::default(), set_how: ON_CLOUDFLARE }
    }
}

const ON_CLOUDFLARE: &str = "as a secret of this gateway (`wrangler secret put NAME`, or in .dev.vars)";

impl Secrets {
    /// The secret of that name, if it is set to anything.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Secret> {
        self.values.get(name)
    }

    /// The key of that name, if it is set to one: to what a header can carry.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&Secret> {
        let can_be_sent = |key: &&Secret| key.0.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        self.find(name).filter(can_be_sent)
    }

    /// The values that must not be seen in any text: long ones first, so that a key which begins with
    /// another is struck out whole.
    #[must_use]
    pub fn redactor(&self, names: &[&str]) -> Redactor {
        let mut keys: Vec<Rc<str>> = Vec::new();
        for name in names {
            let Some(secret) = self.find(name) else { continue };
            for key in listed(&secret.0).filter(|key| key.len() >= SHORTEST) {
                let place = keys.partition_point(|known| known.len() >= key.len());
                keys.insert(place, key.into());
            }
        }
        Redactor(keys)
    }

    /// Sets one, if it is set to anything.
    pub(crate) fn set(&mut self, name: String, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.values.insert(name, Secret(value.into()));
        }
    }
}

impl<N: Into<String>, V: AsRef<str>> FromIterator<(N, V)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(secrets: I) -> Self {
        let mut known = Self::default();
        for (name, value) in secrets {
            known.set(name.into(), value.as_ref());
        }
        known
    }
}

/// Below this a "key" is a word that could stand anywhere, and striking it out would garble texts.
const SHORTEST: usize = 4;

/// Strikes keys out of texts, however their characters are escaped there.
#[derive(Clone, Debug, Default)]
pub struct Redactor(Vec<Rc<str>>);

/// What stands in the place of a key.
const STRUCK: &str = "[redacted]";

impl Redactor {
    /// The text without any key in it.
    #[must_use]
    pub fn clean(&self, text: String) -> String {
        let is_escaped = search::contains(&text, "%") || search::contains(&text, "\\");
        let mut clean = text;
        for key in &self.0 {
            if search::contains(&clean, key) {
                clean = search::replace(&clean, key, STRUCK);
            }
            if is_escaped {
                clean = without(&clean, key);
            }
        }
        clean
    }
}

/// The text without this key, of which any character may be escaped.
fn without(text: &str, key: &str) -> String {
    // Texts are long and keys are many: only where one could begin is it worth a closer look.
    let begins = |byte: &u8| key.as_bytes().first() == Some(byte) || b"%\\".contains(byte);
    let mut out = String::with_capacity(text.len());
    let (mut kept, mut at) = (0, 0);
    while let Some(rest) = text.as_bytes().get(at..) {
        let Some(place) = rest.iter().position(begins) else { break };
        at += place;
        let Some(rest) = key.bytes().try_fold(rest.get(place..).unwrap_or_default(), after) else {
            at += 1;
            continue;
        };
        out.push_str(text.get(kept..at).unwrap_or_default());
        out.push_str(STRUCK);
        at = text.len() - rest.len();
        kept = at;
    }
    out.push_str(text.get(kept..).unwrap_or_default());
    out
}

/// What follows this byte where the text begins with it: as it is, as in an address (`%2F`, RFC 3986, 2.1) or as in
/// JSON (`\/`, `\u002f`, RFC 8259, 7).
fn after(text: &[u8], byte: u8) -> Option<&[u8]> {
    let coded = |mark: &[u8], digits: usize| {
        let (code, rest) = text.strip_prefix(mark)?.split_at_checked(digits)?;
        let mut code = code.iter().map(|digit| char::from(*digit).to_digit(16));
        let code = code.try_fold(0, |code, digit| Some(code << 4 | digit?))?;
        (code == u32::from(byte)).then_some(rest)
    };
    let plain = || text.strip_prefix(b"\\").unwrap_or(text).strip_prefix(&[byte]);
    coded(b"%", 2).or_else(|| coded(b"\\u", 4)).or_else(plain)
}

/// The keys of a list in which commas or white space part them.
fn listed(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_whitespace()).filter(|key| !key.is_empty())
}

/// The keys that callers may use.
#[derive(Clone, Debug, Default)]
pub struct CallerKeys(Vec<Secret>);

impl CallerKeys {
    /// Reads a list separated by commas or white space.
    #[must_use]
    pub fn read(list: &str) -> Self {
        let mut keys = Vec::new();
        listed(list).for_each(|key| keys.push(Secret(key.into())));
        Self(keys)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether that is one of them. Takes the same time whichever it is, and whether it is or not.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        let mut found = subtle::Choice::from(0);
        for known in &self.0 {
            found |= known.0.as_bytes().ct_eq(key.as_bytes());
        }
        found.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_shown() {
        let secrets: Secrets = [("A_KEY", "sk-secret-1"), ("B_KEY", "sk-secret-12")].into_iter().collect();
        assert!(!format!("{secrets:?}").contains("sk-"));
        let redactor = secrets.redactor(&["A_KEY", "B_KEY", "C_KEY"]);
        assert_eq!(
            redactor.clean("Incorrect key sk-secret-12, not sk-secret-1.".into()),
            "Incorrect key [redacted], not [redacted]."
        );
    }

    #[test]
    fn a_key_is_known_as_it_stands_in_an_address_and_in_json() {
        let secrets: Secrets = [("A_KEY", "sk/AB+cd=\"x")].into_iter().collect();
        let redactor = secrets.redactor(&["A_KEY"]);
        for shown in [
            "sk/AB+cd=\"x",
            "sk%2FAB%2Bcd%3D%22x",
            "sk%2fAB%2bcd%3d%22x",
            "sk/AB%2Bcd=%22x",
            "%73%6B/AB+cd=%22x",
            "sk/AB+cd=\\\"x",
            "sk\\/AB+cd=\\\"x",
            "sk\\u002FAB\\u002bcd=\\u0022x",
        ] {
            assert_eq!(redactor.clean(format!("key={shown}&b")), "key=[redacted]&b");
        }
        for other in ["sk%2FAB%2Bcd%3D%2", "sk%2AAB+cd=\"x", "100 % of \u{e4}\\"] {
            assert_eq!(redactor.clean(other.to_owned()), other);
        }
        // A key may itself have what elsewhere escapes.
        for key in ["a%2Fb", "a\\u0041", "k\u{fc}\u{df}e"] {
            let redactor = [("A_KEY", key)].into_iter().collect::<Secrets>().redactor(&["A_KEY"]);
            assert_eq!(redactor.clean(format!("%{key}{key}\\")), "%[redacted][redacted]\\");
        }
    }

    #[test]
    fn callers_are_known_by_any_of_the_keys() {
        let keys = CallerKeys::read(" one,two\nthree ");
        assert!(keys.contains("one") && keys.contains("two") && keys.contains("three"));
        assert!(!keys.contains("") && !keys.contains("on") && !keys.contains("one,two"));
        assert!(CallerKeys::read(" , ").is_empty());
    }

    /// In a list whose lines end in CRLF each key but the last was looked for with a CR at its end.
    #[test]
    fn each_key_of_a_list_is_struck_out_that_opens_the_door() {
        let list = "first-key\r\nsecond-key\u{a0}third-key";
        let secrets: Secrets = [("A_LIST", list)].into_iter().collect();
        let redactor = secrets.redactor(&["A_LIST"]);
        for key in ["first-key", "second-key", "third-key"] {
            assert!(CallerKeys::read(list).contains(key));
            assert_eq!(redactor.clean(format!("key {key}.")), "key [redacted].");
        }
    }

    #[test]
    fn an_unset_secret_is_none() {
        let secrets: Secrets = [("A_KEY", "  ")].into_iter().collect();
        assert!(secrets.find("A_KEY").is_none());
    }
}
