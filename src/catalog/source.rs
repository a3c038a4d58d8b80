//! Where a row was read from: for people, for the documentation and for tests. WebAssembly carries none
//! of it, for nothing there looks at it and every address would be uploaded with the rest.

/// A vendor's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(#[cfg(not(target_arch = "wasm32"))] &'static str);

/// The page at this address.
#[cfg(not(target_arch = "wasm32"))]
pub(super) const fn page(address: &'static str) -> Source {
    Source(address)
}

/// The page at this address.
#[cfg(target_arch = "wasm32")]
pub(super) const fn page(_: &'static str) -> Source {
    Source()
}

#[cfg(not(target_arch = "wasm32"))]
impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
