//! The words in which a behaviour is told: how it begins, how long it takes, and what goes wrong.

use bytes::Bytes;

use super::delay::Delay;
use super::script::{Behaviour, Content, End, ErrorObject, Opening, Part};
use crate::host::Millis;

/// What a provider does.
impl Behaviour {
    /// Answers with this text, a word a token.
    #[must_use]
    pub fn answers(text: &str) -> Self {
        Self::says(tokens(text).map(Part::Text).collect(), "stop")
    }

    /// Answers with that many numbered words: `w1 w2 w3 …`.
    #[must_use]
    pub fn answers_words(count: usize) -> Self {
        let words: Vec<_> = (1..=count).map(|number| format!("w{number}")).collect();
        Self::answers(&words.join(" "))
    }

    /// Calls a tool, with these arguments in pieces of a few characters.
    #[must_use]
    pub fn calls(tool: &str, arguments: &str) -> Self {
        let characters: Vec<_> = arguments.chars().collect();
        let pieces = characters.chunks(6).map(|piece| Part::Arguments(piece.iter().collect()));
        let parts = [Part::ToolCall(tool.to_owned())].into_iter().chain(pieces);
        Self::says(parts.collect(), "tool_calls")
    }

    /// Thinks, and then says nothing.
    #[must_use]
    pub fn only_thinks(thoughts: &str) -> Self {
        Self::says(tokens(thoughts).map(Part::Reasoning).collect(), "stop")
    }

    /// A success with nothing in it.
    #[must_use]
    pub fn answers_nothing() -> Self {
        Self::says(Vec::new(), "stop")
    }

    /// A success that a content filter has emptied.
    #[must_use]
    pub fn filtered() -> Self {
        Self::says(Vec::new(), "content_filter")
    }

    /// Answers with any parts; a `Role` goes before them and the reason, the usage and `[DONE]` after.
    #[must_use]
    pub fn says(content: Vec<Part>, finish: &str) -> Self {
        let after = [Part::Finish(finish.to_owned()), Part::Usage { stated: None }, Part::Done];
        let parts = [Part::Role].into_iter().chain(content).chain(after);
        Self::completes(parts.collect())
    }

    /// Answers with exactly these parts.
    #[must_use]
    pub fn completes(parts: Vec<Part>) -> Self {
        Self::opens(Opening::Status(200), Content::Completion(parts))
    }

    /// Streams sixty words, and the connection breaks after that many.
    #[must_use]
    pub fn cuts_after(tokens: usize) -> Self {
        Self::answers_words(60).cut_after(tokens)
    }

    /// Streams sixty words, and falls silent after that many.
    #[must_use]
    pub fn stalls_after(tokens: usize) -> Self {
        Self::answers_words(60).stall_after(tokens)
    }

    /// Sends a comment every second and nothing else, for ever.
    #[must_use]
    pub fn keeps_alive() -> Self {
        Self::completes(Vec::new()).repeating(Part::Comment("keep-alive".to_owned()), 1_000)
    }

    /// Says every second who will speak, and never speaks.
    #[must_use]
    pub fn keeps_clearing_its_throat() -> Self {
        Self::completes(Vec::new()).repeating(Part::Role, 1_000)
    }

    /// Refuses with that status and the error that OpenAI sends with it.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::opens(Opening::Status(status), Content::Error(ErrorObject::of(status)))
    }

    /// An error object inside a 200.
    #[must_use]
    pub fn error_inside_a_success(error: ErrorObject) -> Self {
        Self::opens(Opening::Status(200), Content::Error(error))
    }

    /// A page for people, as a proxy in between sends it.
    #[must_use]
    pub fn html() -> Self {
        Self::sends(["<!doctype html><html><title>Just a moment...</title></html>"])
            .header("content-type", "text/html; charset=utf-8")
    }

    /// Exactly these bytes, in these pieces.
    #[must_use]
    pub fn sends<P: Into<Bytes>>(pieces: impl IntoIterator<Item = P>) -> Self {
        let pieces = pieces.into_iter().map(Into::into).collect();
        Self::opens(Opening::Status(200), Content::Pieces(pieces))
    }

    /// Refuses the connection.
    #[must_use]
    pub fn refuses() -> Self {
        Self::opens(Opening::Fails("connection refused".to_owned()), Content::Pieces(Vec::new()))
    }

    /// Accepts the connection and resets it before any header.
    #[must_use]
    pub fn resets() -> Self {
        Self::opens(Opening::Fails("connection reset".to_owned()), Content::Pieces(Vec::new()))
    }

    /// Accepts, and never answers.
    #[must_use]
    pub fn never_answers() -> Self {
        Self::opens(Opening::Never, Content::Pieces(Vec::new()))
    }

    fn opens(opening: Opening, content: Content) -> Self {
        Self {
            latency: Delay::NONE,
            opening,
            headers: Vec::new(),
            content,
            first: Delay::NONE,
            gap: Delay::NONE,
            end: End::Closes,
            pieces_of: None,
        }
    }
}

/// How long it takes.
impl Behaviour {
    /// The headers (or the failure) come after that many milliseconds.
    #[must_use]
    pub fn after(self, milliseconds: Millis) -> Self {
        self.taking(Delay::Exactly(milliseconds))
    }

    /// The headers (or the failure) take that long.
    #[must_use]
    pub fn taking(mut self, latency: Delay) -> Self {
        self.latency = latency;
        self
    }

    /// The first token comes so many milliseconds after the headers.
    #[must_use]
    pub fn first_token_after(mut self, milliseconds: Millis) -> Self {
        self.first = Delay::Exactly(milliseconds);
        self
    }

    /// So many milliseconds lie between two tokens.
    #[must_use]
    pub fn every(mut self, milliseconds: Millis) -> Self {
        self.gap = Delay::Exactly(milliseconds);
        self
    }

    /// The first token takes that long after the headers, and each further one that long.
    #[must_use]
    pub fn paced(mut self, first: Delay, gap: Delay) -> Self {
        self.first = first;
        self.gap = gap;
        self
    }
}

/// What is otherwise than it should be.
impl Behaviour {
    /// Sends one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The error has this message.
    #[must_use]
    pub fn saying(mut self, message: &str) -> Self {
        if let Content::Error(error) = &mut self.content {
            message.clone_into(&mut error.message);
        }
        self
    }

    /// The error has this code.
    #[must_use]
    pub fn code(mut self, code: &str) -> Self {
        if let Content::Error(error) = &mut self.content {
            error.code = Some(code.to_owned());
        }
        self
    }

    /// The body is this, in one piece.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.content = Content::Pieces(vec![body.into()]);
        self
    }

    /// Thinks before it speaks, a word a token.
    #[must_use]
    pub fn thinking(self, thoughts: &str) -> Self {
        let at = self.place_of(0);
        tokens(thoughts)
            .map(Part::Reasoning)
            .enumerate()
            .fold(self, |story, (offset, token)| story.insert(at + offset, token))
    }

    /// Ends for another reason.
    #[must_use]
    pub fn finishing_with(mut self, reason: &str) -> Self {
        self.each_part(|part| {
            if let Part::Finish(known) = part {
                reason.clone_into(known);
            }
        });
        self
    }

    /// States what it cost, in tokens.
    #[must_use]
    pub fn costing(mut self, prompt: u64, completion: u64) -> Self {
        self.each_part(|part| {
            if let Part::Usage { stated } = part {
                *stated = Some((prompt, completion));
            }
        });
        self
    }

    /// Forgets `[DONE]`.
    #[must_use]
    pub fn without_done(self) -> Self {
        self.without(|part| matches!(part, Part::Done))
    }

    /// Forgets to say why the answer is over.
    #[must_use]
    pub fn without_finish_reason(self) -> Self {
        self.without(|part| matches!(part, Part::Finish(_)))
    }

    /// Forgets to say what it cost.
    #[must_use]
    pub fn without_usage(self) -> Self {
        self.without(|part| matches!(part, Part::Usage { .. }))
    }

    /// The connection breaks after that many tokens.
    #[must_use]
    pub fn cut_after(self, tokens: usize) -> Self {
        self.ending_after(tokens, End::Breaks)
    }

    /// The body ends after that many tokens as if it were whole.
    #[must_use]
    pub fn closed_after(self, tokens: usize) -> Self {
        self.ending_after(tokens, End::Closes)
    }

    /// Falls silent after that many tokens.
    #[must_use]
    pub fn stall_after(self, tokens: usize) -> Self {
        self.ending_after(tokens, End::Stalls)
    }

    /// After that many tokens comes an event that is not JSON.
    #[must_use]
    pub fn malformed_after(self, tokens: usize) -> Self {
        let garbage = Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"content\":\"oo\n\n");
        self.interrupted_after(tokens, Part::Raw(garbage))
    }

    /// After that many tokens comes a comment.
    #[must_use]
    pub fn comment_after(self, tokens: usize, comment: &str) -> Self {
        self.interrupted_after(tokens, Part::Comment(comment.to_owned()))
    }

    /// After that many tokens nothing comes for so many milliseconds.
    #[must_use]
    pub fn pause_after(self, tokens: usize, milliseconds: Millis) -> Self {
        self.interrupted_after(tokens, Part::Pause(Delay::Exactly(milliseconds)))
    }

    /// After that many tokens comes an error event, and the stream ends. With 0 it is the first event.
    #[must_use]
    pub fn error_after(self, tokens: usize, error: ErrorObject) -> Self {
        let mut story = self.closed_after(tokens);
        if let Content::Completion(parts) = &mut story.content {
            if tokens == 0 {
                parts.clear();
            }
            parts.push(Part::Error(error));
        }
        story
    }

    /// The body stays open and silent after its first half, or after its last piece.
    #[must_use]
    pub fn body_stalls(mut self) -> Self {
        self.end = End::Stalls;
        self
    }

    /// The connection breaks after the first half of the body, or after its last piece.
    #[must_use]
    pub fn body_breaks(mut self) -> Self {
        self.end = End::Breaks;
        self
    }

    /// After all else the same part comes again and again.
    #[must_use]
    pub fn repeating(mut self, part: Part, every: Millis) -> Self {
        self.end = End::Repeats { part, every };
        self
    }

    /// Everything arrives in pieces of that many bytes, split anywhere.
    #[must_use]
    pub fn in_pieces_of(mut self, bytes: usize) -> Self {
        self.pieces_of = Some(bytes);
        self
    }

    /// After that many tokens comes one part more, and then the rest.
    #[must_use]
    pub fn interrupted_after(self, tokens: usize, part: Part) -> Self {
        let at = self.place_of(tokens);
        self.insert(at, part)
    }

    fn ending_after(mut self, tokens: usize, end: End) -> Self {
        let at = self.place_of(tokens);
        if let Content::Completion(parts) = &mut self.content {
            parts.truncate(at);
        }
        self.end = end;
        self
    }

    fn without(mut self, unwanted: impl Fn(&Part) -> bool) -> Self {
        if let Content::Completion(parts) = &mut self.content {
            parts.retain(|part| !unwanted(part));
        }
        self
    }

    fn insert(mut self, at: usize, part: Part) -> Self {
        if let Content::Completion(parts) = &mut self.content {
            parts.insert(at.min(parts.len()), part);
        }
        self
    }

    fn each_part(&mut self, change: impl FnMut(&mut Part)) {
        if let Content::Completion(parts) = &mut self.content {
            parts.iter_mut().for_each(change);
        }
    }

    /// The place right behind that many tokens; with 0, right before the first.
    fn place_of(&self, tokens: usize) -> usize {
        let Content::Completion(parts) = &self.content else {
            return 0;
        };
        let mut places = parts.iter().enumerate().filter(|(_, part)| part.is_token()).map(|(place, _)| place);
        match tokens.checked_sub(1) {
            None => places.next().unwrap_or_else(|| {
                let opened = parts.iter().take_while(|part| **part == Part::Role);
                opened.count()
            }),
            Some(before) => places.nth(before).map_or(parts.len(), |place| place + 1),
        }
    }
}

/// A word and the space behind it are a token.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    text.split_inclusive(' ').map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(behaviour: &Behaviour) -> &[Part] {
        match &behaviour.content {
            Content::Completion(parts) => parts,
            other => panic!("no completion: {other:?}"),
        }
    }

    #[test]
    fn a_cut_answer_has_so_many_tokens_and_no_end() {
        let cut = Behaviour::cuts_after(40);
        assert_eq!(parts(&cut).iter().filter(|part| part.is_token()).count(), 40);
        assert_eq!(parts(&cut).last(), Some(&Part::Text("w40 ".to_owned())));
        assert_eq!(cut.end, End::Breaks);
    }

    #[test]
    fn what_comes_after_no_token_comes_before_the_first() {
        let story = Behaviour::answers("one two").malformed_after(0);
        assert!(matches!(parts(&story), [Part::Role, Part::Raw(_), Part::Text(_), ..]));
        let silent = Behaviour::answers_nothing().thinking("hm");
        assert!(matches!(parts(&silent), [Part::Role, Part::Reasoning(_), Part::Finish(_), ..]));
    }

    #[test]
    fn an_error_may_be_the_very_first_event() {
        let story = Behaviour::answers("one two").error_after(0, ErrorObject::of(503));
        assert!(matches!(parts(&story), [Part::Error(_)]));
        let story = Behaviour::answers("one two").error_after(1, ErrorObject::of(503));
        assert!(matches!(parts(&story), [Part::Role, Part::Text(_), Part::Error(_)]));
    }
}
