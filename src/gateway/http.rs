//! What comes in and what goes out, as plain data.

use bytes::Bytes;
use futures::stream::LocalBoxStream;

use crate::error::ApiError;
use crate::host::{Body, Headers};
use crate::surface::Surface;

/// A request to the gateway.
pub struct Request {
    /// In capitals.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Lower-case names and values.
    pub headers: Headers,
    /// Read only once the caller is known.
    pub body: Box<dyn Body>,
}

/// The gateway's answer.
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Lower-case names and values.
    pub headers: Headers,
    /// What follows.
    pub body: ResponseBody,
}

/// The body of an answer.
pub enum ResponseBody {
    /// Pieces, to be sent one after another.
    Whole(Vec<Bytes>),
    /// Pieces as they come; dropping the stream lets go of everything behind it.
    Stream(LocalBoxStream<'static, Bytes>),
}

impl Response {
    pub(crate) fn new(status: u16, headers: Headers, body: ResponseBody) -> Self {
        Self { status, headers, body }
    }

    pub(crate) fn json(status: u16, body: String) -> Self {
        Self::new(status, Headers::json(), ResponseBody::Whole(vec![body.into()]))
    }

    pub(crate) fn error(error: &ApiError, surface: Surface, id: &str) -> Self {
        Self::new(error.status, error.headers(), ResponseBody::Whole(vec![surface.error(error, id).into()]))
    }
}
