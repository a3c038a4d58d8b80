//! Where memory comes from in WebAssembly: two-level segregated fit (Masmano and others, "TLSF", 2004), which takes
//! and gives back in constant time.
//!
//! *Why not the standard library's `dlmalloc`?* It is 6 KB of WebAssembly more, and no quicker here.

/// Neighbours that are free become one, for bodies are large and of every size.
#[global_allocator]
static MEMORY: rlsf::GlobalTlsf = rlsf::GlobalTlsf::new();
