#!/usr/bin/env bash
# Prints where a browser for the tests is: an installed Chromium or Chrome, else Debian's, which root may install.
set -euo pipefail
cd "$(dirname "$0")/.."

find_browser() {
  local name
  for name in "${STEADFAST_BROWSER:-}" chromium chromium-browser google-chrome google-chrome-stable \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
    if [ -n "$name" ] && command -v "$name"; then return; fi
  done
  return 1
}

find_browser && exit
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  scripts/say.sh "installs Chromium for the tests of the demo page" >&2
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >&2
  find_browser && exit
fi
scripts/say.sh "needs a browser to test the demo page: install Chromium or Chrome, or say STEADFAST_BROWSER=/path/to/it" >&2
exit 1
