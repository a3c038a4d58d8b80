#!/usr/bin/env bash
# Installs what building and testing need, into folders that git ignores; quick when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { scripts/say.sh "$@"; }
need() { command -v "$1" >/dev/null || { say "needs $1: $2" >&2; exit 1; }; }

need cargo "install Rust from https://rustup.rs"
need cc "install a C compiler (Debian: build-essential, macOS: xcode-select --install)"
need node "install Node.js 20 or later from https://nodejs.org"
need npm "it comes with Node.js"
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
  { say "needs Node.js 20 or later: this is $(node --version)" >&2; exit 1; }

# rustup reads rust-toolchain.toml and installs by itself what it names, unless somebody told it not to.
if ! [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ]; then
  need rustup "it installs Rust's target wasm32-unknown-unknown"
  say "installs Rust's target wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown
fi
for component in clippy fmt; do
  if ! cargo "$component" --version >/dev/null 2>&1; then
    need rustup "it installs cargo $component"
    say "installs cargo $component"
    rustup component add "${component/fmt/rustfmt}"
  fi
done

# The tool and the crate must be of the same version, exactly.
version=$(sed -n 's/^wasm-bindgen = .*"=\([0-9.]*\)".*/\1/p' Cargo.toml)

# The project's own build of wasm-bindgen, where the web can be reached.
prebuilt() {
  local triple archive url folder
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) triple=x86_64-unknown-linux-musl ;;
    Linux-aarch64) triple=aarch64-unknown-linux-gnu ;;
    Darwin-x86_64) triple=x86_64-apple-darwin ;;
    Darwin-arm64) triple=aarch64-apple-darwin ;;
    *) return 1 ;;
  esac
  archive=wasm-bindgen-$version-$triple.tar.gz
  url=https://github.com/wasm-bindgen/wasm-bindgen/releases/download/$version/$archive
  folder=.tools/download
  rm -rf "$folder" && mkdir -p "$folder" .tools/bin &&
    (cd "$folder" &&
      curl --fail --silent --location --connect-timeout 5 --max-time 120 -O "$url" -O "$url.sha256sum" &&
      { sha256sum -c "$archive.sha256sum" || shasum -a 256 -c "$archive.sha256sum"; } >/dev/null 2>&1 &&
      tar -xzf "$archive" --strip-components 1 && ./wasm-bindgen --version >/dev/null) &&
    mv "$folder/wasm-bindgen" .tools/bin/ && rm -rf "$folder"
}

if [ "$(.tools/bin/wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $version" ]; then
  say "fetches wasm-bindgen $version"
  prebuilt || {
    say "finds no prebuilt one within reach: compiles it, once, in about five minutes"
    # Not --locked: its lock file has named a release that could not be had.
    cargo install --root .tools --target-dir .tools/target --version "$version" --force wasm-bindgen-cli
    rm -rf .tools/target
  }
fi

if ! cmp -s package-lock.json node_modules/.installed.of-steadfast; then
  say "installs the npm packages of the tools (wrangler, workerd, Node 24, esbuild, binaryen, SDKs for the tests)"
  # Not `npm ci`: it refuses a lock file that lacks a package for another platform than this one.
  npm install --no-save --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed.of-steadfast
fi
