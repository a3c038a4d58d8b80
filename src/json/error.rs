//! What is wrong with a text that should be JSON, and where.

use std::borrow::Cow;
use std::fmt;

/// Why a text is not the JSON that was expected. A handle: it is hardly ever there, and every step of a reader could
/// return one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Wrong>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wrong {
    what: Cow<'static, str>,
    line: usize,
    column: usize,
}

impl Error {
    /// Something is wrong at this byte of the text.
    #[cold]
    pub(super) fn new(what: Cow<'static, str>, text: &[u8], at: usize) -> Self {
        let (mut line, mut column) = (1, 1);
        for byte in text.get(..at).unwrap_or(text) {
            if *byte == b'\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        Self(Box::new(Wrong { what, line, column }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wrong { what, line, column } = &*self.0;
        write!(f, "{what} at line {line} column {column}")
    }
}
