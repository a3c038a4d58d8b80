#!/usr/bin/env bash
# Says what is done now, and in a run of several steps how long after its start.
bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
if [ -n "${STARTED:-}" ]; then
  seconds=$(($(date +%s) - STARTED))
  printf '%ssteadfast %3d:%02d  %s%s\n' "$bold" $((seconds / 60)) $((seconds % 60)) "$*" "$plain"
else
  printf '%ssteadfast%s %s\n' "$bold" "$plain" "$*"
fi
