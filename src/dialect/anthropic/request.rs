//! What such a provider is sent.

use crate::chat::request::Ask;
use crate::class::Class;
use crate::config::Target;
use crate::dialect::CarriesOn;
use crate::failure::Failure;
use crate::host::UpstreamRequest;
use crate::secret::Secret;

/// Where it goes, with the key and without a body.
#[must_use]
pub fn head(target: &Target, _key: Option<&Secret>, _stream: bool) -> UpstreamRequest {
    UpstreamRequest {
        url: target.provider.base_url.clone(),
        headers: Vec::new(),
        extra_headers: target.provider.headers.clone(),
        body: Vec::new(),
    }
}

/// What the target is sent. What had to be changed or left out for it is said in `notes`.
///
/// # Errors
/// What cannot be said in this dialect.
pub fn write(
    _ask: &Ask,
    _target: &Target,
    _key: Option<&Secret>,
    _carries_on: Option<&CarriesOn>,
    _notes: &mut Vec<String>,
) -> Result<UpstreamRequest, Failure> {
    Err(Failure::new(Class::InvalidRequest, "this dialect is not spoken yet"))
}
