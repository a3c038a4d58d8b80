#!/usr/bin/env bash
# Builds the npm package: build-package.sh FOLDER [FEATURES]. What is written by hand comes from pkg/; the folder may be pkg/ itself.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$1
features=js${2:+,$2}
case $features in *test-panic*) test_panic=true ;; *) test_panic=false ;; esac
glue=build/bindgen/$(basename "$folder")

scripts/say.sh "builds the npm package in $folder"
scripts/build-wasm.sh "$glue" "$features"

if [ "$folder" != pkg ]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  (cd pkg && cp package.json README.md {index,workerd,slim}.js {index,slim,wasm}.d.ts "$OLDPWD/$folder/")
fi
cp "$glue/steadfast.wasm" steadfast.schema.json LICENSE "$folder/"
# In lines: before an error that nobody catches, Node prints the whole line that threw it.
node_modules/.bin/esbuild src/js/core.ts --bundle --minify --line-limit=200 --format=esm --target=es2022 --log-level=warning \
  --log-override:duplicate-object-key=silent "--define:TEST_PANIC=$test_panic" --define:IN_WORKER=false --legal-comments=none \
  --alias:steadfast-host=./src/host/web.js --alias:steadfast-face=./src/js/face.ts "--alias:steadfast-glue=./$glue/steadfast.js" \
  --outfile="$folder/core.js"
node scripts/inline-wasm.mjs "$glue/steadfast.wasm" "$folder/inline.js"
rm -rf "$folder/types"
node_modules/.bin/tsc -p src/js --outDir "$folder/types"
(cd "$folder/types" && rm -r asked.d.ts face.d.ts outside.d.ts secrets.d.ts inline) # nothing that is exported names them

touch -r "$glue.begun" "$folder/core.js"
