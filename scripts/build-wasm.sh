#!/usr/bin/env bash
# Compiles the crate to WebAssembly: build-wasm.sh FOLDER FEATURES. The folder gets steadfast.wasm and its glue, steadfast.js.
# FOLDER.begun is as old as the beginning: whatever is built is to be as old as that, so that `make` builds again what was
# edited meanwhile.
set -euo pipefail
cd "$(dirname "$0")/.."

glue=$1
mkdir -p "$(dirname "$glue")"
touch "$glue.begun"

# A panic tells the file it was in. Where this machine keeps the sources of crates and of Rust itself is nobody's
# business, and `memchr-2.8.3/src/…` says enough. The flags join a person's own, wherever those are set: in the
# environment, where cargo would look for no others, or in a file.
# SIMD, which every engine of the last three years has (Safari since 16.4), is for UTF-8 and line ends.
cargo fetch --quiet --target wasm32-unknown-unknown
flags=(-Ctarget-feature=+simd128)
for folder in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/ "$(rustc --print sysroot)/lib/rustlib/src/rust/"; do
  flags+=("--remap-path-prefix=$folder=")
done
if [ -n "${RUSTFLAGS:-}" ]; then export RUSTFLAGS="$RUSTFLAGS ${flags[*]}"; fi
cargo build --release --target wasm32-unknown-unknown --features "$2" \
  --config "target.wasm32-unknown-unknown.rustflags = [$(printf "'%s'," "${flags[@]}")]"
rm -rf "$glue"
.tools/bin/wasm-bindgen --target web --no-typescript --experimental-reset-state-function --omit-default-module-path \
  --remove-producers-section --out-dir "$glue" "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/steadfast.wasm"
node scripts/plain-imports.mjs "$glue/steadfast.js" "$glue/steadfast_bg.wasm"

# What counts is not what is short but what compresses well: functions stay out of their one caller (thousands of
# locals), repeated expressions and zeros stay, alike stands by alike. The first kilobyte of memory is the far end of
# the stack. Only the features that rustc's target enables: workerd refuses a module that uses more.
enabled="--enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-sign-ext --enable-simd"
node_modules/.bin/wasm-opt -Oz --one-caller-inline-max-function-size 15 --low-memory-unused --skip-pass=local-cse \
  --skip-pass=memory-packing --reorder-functions --debuginfo $enabled "$glue/steadfast_bg.wasm" -o "$glue/named.wasm"
node scripts/order-functions.mjs "$glue/named.wasm" "$glue/steadfast.wasm" $enabled
