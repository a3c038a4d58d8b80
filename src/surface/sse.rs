//! The common language's stream, read line by line on its way out.

/// One line's meaning.
pub(super) enum Line<'a> {
    /// A comment, with its colon.
    Comment(&'a [u8]),
    /// What an event is named.
    Name(&'a [u8]),
    /// What an event says.
    Data(&'a [u8]),
    /// An event in the caller's own language, as the provider sent it.
    Native(&'a [u8]),
    /// The blank line between events.
    Blank,
}

/// The lines of a piece; the pieces are whole events.
pub(super) fn lines(piece: &[u8]) -> impl Iterator<Item = Line<'_>> {
    piece.split(|byte| *byte == b'\n').map(|line| {
        if let Some(data) = line.strip_prefix(b"data: ") {
            Line::Data(data)
        } else if let Some(data) = line.strip_prefix(b"native: ") {
            Line::Native(data)
        } else if let Some(name) = line.strip_prefix(b"event: ") {
            Line::Name(name)
        } else if line.starts_with(b":") {
            Line::Comment(line)
        } else {
            Line::Blank
        }
    })
}
