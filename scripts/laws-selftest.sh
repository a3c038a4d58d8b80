#!/usr/bin/env bash
# Shows for every law of tests/laws that it catches what breaks it: each patch in tests/laws/defects plants one
# defect into a copy of the source, and the law that the patch names must be what reports it.
#
# DEFECTS='seam-*' tries only these; WORLDS is after how many worlds a defect counts as not caught.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
copy=$root/target/laws-selftest
worlds=${WORLDS:-5000}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}/laws-selftest-build
# The copy lies in the project, and git would look for the files of a patch there.
export GIT_CEILING_DIRECTORIES=$root/target
failed=0

fail() { printf '  %-16s %s\n' "$1" "$2"; failed=1; }
head_of() { sed -n "s/^$1: //p" "$2" | head -n 1; }
laws() { (cd "$copy" && env "$@" cargo test --quiet --profile selftest --features sim --test laws -- --nocapture); }

rm -rf "$copy"
mkdir -p "$copy"
cp -R Cargo.toml Cargo.lock rust-toolchain.toml README.md src tests bench "$copy"
if [ -d examples ]; then cp -R examples "$copy"; fi

scripts/say.sh "runs the laws on the tree as it is"
if ! laws STEADFAST_WORLDS=300 > "$copy/log" 2>&1; then
  tail -n 40 "$copy/log"
  scripts/say.sh "the laws do not hold without any defect: mend that first" >&2
  exit 1
fi

printf '\n  %-16s %-40s %6s %6s  %s\n' defect 'caught by the law' worlds seed 'what it breaks'
for patch in tests/laws/defects/${DEFECTS:-*}.patch; do
  name=$(basename "$patch" .patch)
  law=$(head_of law "$patch")
  if ! git -C "$copy" apply "$root/$patch" 2> "$copy/log"; then
    fail "$name" "NOT TRIED: the patch applies no more; make it anew against today's source: $(head -n 1 "$copy/log")"
    continue
  fi
  laws STEADFAST_WORLDS="$worlds" STEADFAST_UNTIL="$law" > "$copy/log" 2>&1 || true
  git -C "$copy" apply -R "$root/$patch"
  seed=$(sed -n 's/^\.*caught in world \([0-9]*\)$/\1/p' "$copy/log")
  if [ -n "$seed" ]; then
    printf '  %-16s %-40s %6d %6d  %s\n' "$name" "$law" $((seed + 1)) "$seed" "$(head_of what "$patch")"
  elif grep -q '^error' "$copy/log"; then
    fail "$name" "NOT TRIED: with it the source does not compile: $(grep -m 1 '^error' "$copy/log")"
  else
    fail "$name" "NOT CAUGHT in $worlds worlds by the law: $law"
    grep '^BROKEN' "$copy/log" | sed 's/^/      /' || true
  fi
done

echo
if [ $failed = 1 ]; then
  scripts/say.sh "some defects were not caught" >&2
  exit 1
fi
scripts/say.sh "every defect was caught by its law"
