#!/usr/bin/env bash
# Builds the Worker: build-worker.sh FOLDER [FEATURES]. The folder gets index.js and one .wasm.
#
# Not worker-build: its shim wraps every call in proxies and leaves requests in flight hanging after a
# panic; ours is src/worker/entry.js, and the border has no promise per wake-up (ARCHITECTURE.md, "The border").
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
features=worker${2:+,$2}
case $features in *test-panic*) test_panic=true ;; *) test_panic=false ;; esac
glue=build/bindgen/$(basename "$folder")

scripts/say.sh "builds the Worker into $folder"
scripts/build-wasm.sh "$glue" "$features"

rm -rf "$folder"
node_modules/.bin/esbuild src/worker/entry.js --bundle --external:cloudflare:workers --minify --format=esm --target=es2022 --log-level=warning \
  --log-override:duplicate-object-key=silent "--define:TEST_PANIC=$test_panic" --define:IN_WORKER=true \
  --alias:steadfast-host=./src/host/web.js "--alias:steadfast-glue=./$glue/steadfast.js" \
  "--alias:steadfast-wasm=./$glue/steadfast.wasm" --loader:.wasm=copy --asset-names=[name] \
  --outfile="$folder/index.js"

touch -r "$glue.begun" "$folder/index.js"
