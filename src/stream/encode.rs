//! Events back to bytes: one `data: ` line with LF, and one blank line.

/// Writes an event whose data `write` puts out.
pub fn event(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    line(out, "data: ", write);
}

/// Writes such a line under a name of its own. What `write` puts out is JSON, in which a line end is mere white space: data of
/// several lines becomes one.
pub fn line(out: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    write(out);
    end(out, start);
}

fn end(out: &mut Vec<u8>, start: usize) {
    for byte in out.get_mut(start..).unwrap_or_default() {
        if *byte == b'\n' {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\n\n");
}

/// Writes a comment: seen in the wire, never by a client's parser.
pub fn comment(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(b": ");
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(b"\n\n");
}

/// What ends a complete stream.
pub fn done(out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: [DONE]\n\n");
}

/// Tells the client to drop what it has: the answer starts anew. `id`, `created` and `model` are JSON texts.
pub fn restart(out: &mut Vec<u8>, id: &str, created: &str, model: &str) {
    let chunk = format!(
        r#"{{"id":{id},"object":"chat.completion.chunk","created":{created},"model":{model},"choices":[],"steadfast":{{"restart":true}}}}"#
    );
    out.extend_from_slice(b"event: steadfast.restart\n");
    event(out, |out| out.extend_from_slice(chunk.as_bytes()));
}
