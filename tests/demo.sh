#!/usr/bin/env bash
# ./run demo without a display: it records, compares, checks the board and writes the pictures. Usage: demo.sh
set -eu
cd "$(dirname "$0")/.."
rm -rf demo-output
log=$(mktemp)
trap 'rm -f "$log"' EXIT
env -u DISPLAY -u WAYLAND_DISPLAY ./run demo >"$log" 2>&1 || { cat "$log"; exit 1; }
for wanted in 'needs the least' 'equal' 'no display: the same views are in'; do
  grep -q "$wanted" "$log" || { echo "no '$wanted' in:"; cat "$log"; exit 1; }
done
[ "$(find demo-output -name 'map-*.png' -size +10k | wc -l)" -eq 4 ] || { echo 'the pictures are missing'; exit 1; }
