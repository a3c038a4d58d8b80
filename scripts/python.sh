#!/usr/bin/env bash
# Installs the Python SDKs that the tests use into .tools/python; quick when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=tests/worker/python/requirements.txt
if ! cmp -s "$wanted" .tools/python/installed.of-steadfast || ! .tools/python/bin/python -c ''; then
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
    { scripts/say.sh "needs python3, 3.9 or later, for its tests" >&2; exit 1; }
  scripts/say.sh "installs the Python SDKs for the tests"
  rm -rf .tools/python
  python3 -m venv .tools/python ||
    { scripts/say.sh "needs Python's venv for its tests (Debian: python3-venv)" >&2; exit 1; }
  .tools/python/bin/pip install --quiet --disable-pip-version-check -r "$wanted"
  cp "$wanted" .tools/python/installed.of-steadfast
fi
