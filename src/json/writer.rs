//! JSON in the making: an object or a list, of raw texts.

use super::number::decimal;
use super::string::quote;

/// An object or a list in the making, of raw texts.
#[derive(Debug)]
pub struct Writer {
    text: String,
    close: char,
}

impl Writer {
    /// An object.
    #[must_use]
    pub fn object() -> Self {
        Self { text: "{".to_owned(), close: '}' }
    }

    /// A list.
    #[must_use]
    pub fn list() -> Self {
        Self { text: "[".to_owned(), close: ']' }
    }

    /// Whether nothing is in it yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    /// Adds a member to an object; `key` must need no escapes, `json` is a JSON text.
    pub fn member(&mut self, key: &str, json: &str) -> &mut Self {
        self.comma();
        self.text.push('"');
        self.text.push_str(key);
        self.text.push_str("\":");
        self.text.push_str(json);
        self
    }

    /// Adds a member that is a string, said and not yet quoted.
    pub fn string(&mut self, key: &str, text: &str) -> &mut Self {
        self.member(key, "");
        quote(text, &mut self.text);
        self
    }

    /// Adds a member whose name may need escapes.
    pub fn named(&mut self, key: &str, json: &str) -> &mut Self {
        self.comma();
        quote(key, &mut self.text);
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    /// Adds a member that is a string, if there is one.
    pub fn maybe_string(&mut self, key: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.string(key, text);
        }
        self
    }

    /// Adds a member that is a whole number, if there is one.
    pub fn maybe_whole(&mut self, key: &str, number: Option<u64>) -> &mut Self {
        if let Some(number) = number {
            self.whole(key, number);
        }
        self
    }

    /// Adds a member that is a list of strings.
    pub fn strings<'t>(&mut self, key: &str, texts: impl IntoIterator<Item = &'t String>) -> &mut Self {
        let mut list = Writer::list();
        for text in texts {
            list.element(&super::quoted(text));
        }
        self.member(key, &list.finish())
    }

    /// Adds a member that is a whole number.
    pub fn whole(&mut self, key: &str, number: u64) -> &mut Self {
        self.member(key, &number.to_string())
    }

    /// Adds a member that is a number, with at most nine decimals.
    pub fn decimal(&mut self, key: &str, number: f64) -> &mut Self {
        self.member(key, &decimal(number))
    }

    /// Adds a member that is `true` or `false`.
    pub fn flag(&mut self, key: &str, flag: bool) -> &mut Self {
        self.member(key, if flag { "true" } else { "false" })
    }

    /// Adds a member, if there is a value.
    pub fn maybe(&mut self, key: &str, json: Option<&str>) -> &mut Self {
        if let Some(json) = json {
            self.member(key, json);
        }
        self
    }

    /// Adds an element to a list.
    pub fn element(&mut self, json: &str) -> &mut Self {
        self.comma();
        self.text.push_str(json);
        self
    }

    fn comma(&mut self) {
        if !self.is_empty() {
            self.text.push(',');
        }
    }

    /// The JSON text; nothing is left in the writer.
    #[must_use]
    pub fn finish(&mut self) -> String {
        self.text.push(self.close);
        std::mem::take(&mut self.text)
    }
}
