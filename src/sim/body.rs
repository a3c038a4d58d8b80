//! Bodies in hand: one that gives out bytes it was given, and a stream poured into one piece.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use futures::{Stream, StreamExt};

use crate::host::Body;

/// A body of bytes that are all there: what a caller sent.
#[derive(Clone, Debug, Default)]
pub struct Given(VecDeque<Bytes>);

impl Given {
    /// A body in one piece.
    #[must_use]
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::pieces([bytes])
    }

    /// A body that is read in these pieces.
    #[must_use]
    pub fn pieces<P: Into<Bytes>>(pieces: impl IntoIterator<Item = P>) -> Self {
        Self(pieces.into_iter().map(Into::into).collect())
    }
}

impl Body for Given {
    fn read(&mut self, _at_least: usize) -> LocalBoxFuture<'_, Result<Option<Bytes>, String>> {
        Box::pin(async move { Ok(self.0.pop_front()) })
    }
}

/// Everything a stream has to say, in one piece.
pub async fn collect(stream: impl Stream<Item = Bytes>) -> Bytes {
    stream
        .fold(Vec::new(), |mut whole, piece| async move {
            whole.extend_from_slice(&piece);
            whole
        })
        .await
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn a_body_is_read_in_the_pieces_it_was_given() {
        let mut body = Given::pieces(["ab", "c"]);
        assert_eq!(body.read(1).now_or_never(), Some(Ok(Some(Bytes::from("ab")))));
        assert_eq!(body.read_all(10).now_or_never(), Some(Ok(Some(Bytes::from("c")))));
        assert_eq!(body.read(1).now_or_never(), Some(Ok(None)));
    }
}
