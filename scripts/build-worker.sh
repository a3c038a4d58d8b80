#!/usr/bin/env bash
# Builds the Worker: build-worker.sh FOLDER [FEATURES]. The folder gets index.js and one .wasm.
#
# Not worker-build: its shim wraps every call in proxies and leaves requests in flight hanging after a
# panic; ours is src/worker/entry.js, and the border has no promise per wake-up (ARCHITECTURE.md, "The border").
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
features=worker,sim${2:+,$2}
case $features in *test-panic*) test_panic=true ;; *) test_panic=false ;; esac
glue=build/bindgen/$(basename "$folder")
begun=$glue.begun

mkdir -p build/bindgen
touch "$begun"
scripts/say.sh "builds the Worker into $folder"
cargo build --release --target wasm32-unknown-unknown --features "$features"
rm -rf "$glue"
.tools/bin/wasm-bindgen --target web --no-typescript --experimental-reset-state-function --omit-default-module-path \
  --remove-producers-section --out-dir "$glue" "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/release/steadfast.wasm"

# What counts is not what is short but what compresses well: functions stay out of their one caller (thousands of
# locals), repeated expressions and zeros stay, alike stands by alike. The first kilobyte of memory is the far end of
# the stack. Only the features that rustc's target enables: workerd refuses a module that uses more.
enabled="--enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int \
  --enable-reference-types --enable-sign-ext"
node_modules/.bin/wasm-opt -Oz --one-caller-inline-max-function-size 40 --low-memory-unused --skip-pass=local-cse \
  --skip-pass=memory-packing --reorder-functions-by-name --debuginfo $enabled "$glue/steadfast_bg.wasm" -o "$glue/named.wasm"
node_modules/.bin/wasm-opt --strip-debug $enabled "$glue/named.wasm" -o "$glue/steadfast.wasm"

rm -rf "$folder"
node_modules/.bin/esbuild src/worker/entry.js --bundle --external:cloudflare:workers --minify --format=esm --target=es2022 --log-level=warning \
  --log-override:duplicate-object-key=silent "--define:TEST_PANIC=$test_panic" \
  --alias:steadfast-host=./src/host/web.js "--alias:steadfast-glue=./$glue/steadfast.js" \
  "--alias:steadfast-wasm=./$glue/steadfast.wasm" --loader:.wasm=copy --asset-names=[name] \
  --outfile="$folder/index.js"

# As old as the sources it was made of: what was edited meanwhile makes `make` build again.
touch -r "$begun" "$folder/index.js"
