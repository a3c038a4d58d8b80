//! What the texts of a configuration must be like: names, addresses, headers.

use super::text::{Rule, are_all};
use crate::search;
use crate::text::is_of;
use crate::words::{Words, words};

/// The name of a secret: an environment variable, never the secret itself.
pub(in crate::config) struct SecretName;

impl Rule for SecretName {
    const EXPECTED: &'static str =
        "the name of a secret such as OPENAI_API_KEY (A to Z, 0 to 9 and _), never the secret itself";
    const PATTERN: &'static str = "^[A-Z][A-Z0-9_]*$";
    const SHOWN: bool = false;

    fn accept(text: &str) -> Option<String> {
        let starts = text.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        (starts && are_all(text, &plain)).then_some(text.into())
    }
}

/// The name of a provider: what stands before the first slash of a model.
pub(in crate::config) struct ProviderName;

impl Rule for ProviderName {
    const EXPECTED: &'static str = "a provider's name (letters, digits, `.`, `_` and `-`)";
    const PATTERN: &'static str = "^[A-Za-z0-9][A-Za-z0-9._-]*$";

    fn accept(text: &str) -> Option<String> {
        let starts = text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        (starts && is_of(text, "._-")).then_some(text.into())
    }
}

/// The name of a route. A slash is refused: a route wins over a model of the same name, so
/// `openai/gpt-5` as a route would hide that model from everybody, which nobody means.
pub(in crate::config) struct RouteName;

impl Rule for RouteName {
    const EXPECTED: &'static str =
        "a route's name, without `/` (that is a model's), without white space, and not `*`";
    const PATTERN: &'static str = r"^(?!\*$)[^/\s]+$";

    fn accept(text: &str) -> Option<String> {
        let plain = |c: char| c != '/' && !c.is_whitespace() && !c.is_control();
        (!text.is_empty() && text != "*" && text.chars().all(plain)).then_some(text.into())
    }
}

/// A model with its provider.
pub(in crate::config) struct ModelId;

impl Rule for ModelId {
    const EXPECTED: &'static str = "`provider/model`";
    const PATTERN: &'static str = "^[A-Za-z0-9][A-Za-z0-9._-]*/.+$";

    fn accept(text: &str) -> Option<String> {
        let (provider, model) = text.split_once('/')?;
        (ProviderName::accept(provider).is_some() && !model.is_empty()).then_some(text.into())
    }
}

/// Something that is looked up later: a route, a model.
pub(in crate::config) struct Reference;

impl Rule for Reference {
    const EXPECTED: &'static str = "a name";
    const PATTERN: &'static str = "^.+$";

    fn accept(text: &str) -> Option<String> {
        (!text.is_empty()).then_some(text.into())
    }
}

/// A top-level field of the request that a target may set: all but those that are ours to set.
pub(in crate::config) struct ParamName;

impl ParamName {
    /// These say which model answers what, and how the answer travels.
    const OURS: Words = words!["model", "messages", "stream", "models", "steadfast"];
}

impl Rule for ParamName {
    const EXPECTED: &'static str =
        "a field of the request other than model, messages, stream, models and steadfast";
    const PATTERN: &'static str = "^(?!(model|messages|stream|models|steadfast)$).+$";

    fn accept(text: &str) -> Option<String> {
        (!text.is_empty() && !Self::OURS.has(text)).then_some(text.into())
    }
}

/// The name of a header that goes with every call to a provider (RFC 9110, 5.1), in lower case.
pub(in crate::config) struct HeaderName;

impl HeaderName {
    /// These belong to the connection (RFC 9110, 7.6.1), to the body, or to the provider's key.
    const OURS: Words = words![
        "accept",
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-api-key",
        "x-goog-api-key",
    ];
}

impl Rule for HeaderName {
    const EXPECTED: &'static str = "the name of a header that is not steadfast's own to set (the key comes from `keys`; \
                                    connection and content headers are fixed)";
    const PATTERN: &'static str = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";

    fn accept(text: &str) -> Option<String> {
        let name = text.to_ascii_lowercase();
        let valid = !name.is_empty() && is_of(&name, "!#$%&'*+-.^_`|~");
        (valid && !Self::OURS.has(&name)).then_some(name)
    }
}

/// The value of such a header (RFC 9110, 5.5): visible ASCII, with spaces inside.
pub(in crate::config) struct HeaderValue;

impl Rule for HeaderValue {
    const EXPECTED: &'static str =
        "a header's value: visible ASCII characters, with spaces only between them";
    const PATTERN: &'static str = "^[!-~]([ -~]*[!-~])?$";
    const SHOWN: bool = false;

    fn accept(text: &str) -> Option<String> {
        let visible = |byte: u8| (b' '..=b'~').contains(&byte);
        let trimmed = !text.starts_with(' ') && !text.ends_with(' ');
        (!text.is_empty() && trimmed && are_all(text, &visible)).then_some(text.into())
    }
}

/// Where a provider's API begins; a slash at the end is dropped.
pub(in crate::config) struct BaseUrl;

impl Rule for BaseUrl {
    const EXPECTED: &'static str = "an address such as https://api.example.com/v1: http or https, without user, password, query, fragment and what each request adds (`/chat/completions`)";
    const PATTERN: &'static str = r"^https?://[^\s/?#@\\]+(/[^\s?#\\]*)?$";
    // People put keys into queries and passwords.
    const SHOWN: bool = false;

    fn accept(text: &str) -> Option<String> {
        let (scheme, rest) = search::split_once(text, "://")?;
        let scheme = scheme.to_ascii_lowercase();
        let (authority, path) = match rest.split_once('/') {
            Some((authority, path)) => (authority, path),
            None => (rest, ""),
        };
        let plain = |byte: u8| (b'!'..=b'~').contains(&byte) && !b"?#\\<>\"`{}|^".contains(&byte);
        let valid =
            matches!(scheme.as_str(), "http" | "https") && is_authority(authority) && are_all(path, &plain);
        let address = format!("{scheme}://{}/{path}", authority.to_ascii_lowercase());
        let begins = address.trim_end_matches('/');
        // As it stands in a vendor's example.
        (valid && !begins.ends_with("/chat/completions")).then(|| begins.to_owned())
    }
}

/// An origin that may call from a browser, as browsers write it (RFC 6454, 6.2), or `*`.
pub(in crate::config) struct Origin;

impl Rule for Origin {
    const EXPECTED: &'static str =
        "an origin such as https://app.example or http://localhost:3000, without a path, or `*`";
    const PATTERN: &'static str = r"^(\*|[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@\\]+)$";

    fn accept(text: &str) -> Option<String> {
        if text == "*" {
            return Some(text.into());
        }
        let origin = text.to_ascii_lowercase();
        let (scheme, authority) = search::split_once(&origin, "://")?;
        let valid = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
            && is_of(scheme, "+.-")
            && is_authority(authority);
        // A browser leaves the usual port out.
        let usual = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => "",
        };
        let authority = authority.strip_suffix(usual).unwrap_or(authority);
        valid.then(|| format!("{scheme}://{authority}"))
    }
}

/// `host`, `host:port`, `[::1]:port`; no user, no password.
fn is_authority(authority: &str) -> bool {
    let (host, port) = match search::split_last(authority, b':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_is_fine = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => {
            let letter = |byte: u8| byte.is_ascii_hexdigit() || b":.".contains(&byte);
            address.contains(':') && are_all(address, &letter)
        }
        None => !host.is_empty() && is_of(host, "-._"),
    };
    // A number may not have a sign.
    let is_port = |port: &str| {
        are_all(port, &|byte| byte.is_ascii_digit())
            && port.parse().is_ok_and(|port: u64| (1..=65_535).contains(&port))
    };
    host_is_fine && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secrets_name_is_not_a_secret() {
        assert!(SecretName::accept("OPENAI_API_KEY_2").is_some());
        for wrong in ["", "sk-abc", "openai_api_key", "_KEY", "2KEY", "KEY ", "KÉY"] {
            assert_eq!(SecretName::accept(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_address_is_plain_and_loses_its_last_slash() {
        for (text, kept) in [
            ("https://api.example.com/v1/", "https://api.example.com/v1"),
            ("HTTPS://API.example.com", "https://api.example.com"),
            ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("https://x.example/V1/%7Ea", "https://x.example/V1/%7Ea"),
        ] {
            assert_eq!(BaseUrl::accept(text).as_deref(), Some(kept));
        }
        for wrong in [
            "",
            "api.example.com/v1",
            "ftp://api.example.com",
            "https://",
            "https:///v1",
            "https://user:password@api.example.com",
            "https://api.example.com/v1?key=1",
            "https://api.example.com?key=1",
            "https://api.example.com/#top",
            "https://api example.com",
            "https://api.example.com:port",
            "https://api.example.com:99999",
            "https://api.example.com:+80",
            "https://api.example.com/\n",
            "https://[::1",
            "https://api.example.com/v1/chat/completions/",
        ] {
            assert_eq!(BaseUrl::accept(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, kept) in [
            ("*", "*"),
            ("https://App.Example", "https://app.example"),
            ("https://app.example:443", "https://app.example"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ] {
            assert_eq!(Origin::accept(text).as_deref(), Some(kept));
        }
        for wrong in ["app.example", "https://app.example/", "null", "https://", "*.example"] {
            assert_eq!(Origin::accept(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_key_and_the_connection_are_not_headers_to_configure() {
        assert_eq!(HeaderName::accept("X-Team").as_deref(), Some("x-team"));
        for wrong in ["", "Authorization", "x-api-key", "Connection", "a b", "a:b", "é"] {
            assert_eq!(HeaderName::accept(wrong), None, "{wrong}");
        }
        assert!(HeaderValue::accept("blue team").is_some());
        for wrong in ["", " blue", "blue\r\nx: y", "bleu é"] {
            assert_eq!(HeaderValue::accept(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_keep_to_their_letters() {
        assert!(RouteName::accept("gpt-4.1").is_some());
        for wrong in ["", "*", "openai/gpt-5", "two words"] {
            assert_eq!(RouteName::accept(wrong), None, "{wrong}");
        }
        assert!(ModelId::accept("openrouter/meta-llama/llama-4").is_some());
        for wrong in ["gpt-5", "/gpt-5", "openai/", "open ai/gpt-5"] {
            assert_eq!(ModelId::accept(wrong), None, "{wrong}");
        }
        assert!(ParamName::accept("temperature").is_some());
        assert_eq!(ParamName::accept("stream"), None);
    }
}
