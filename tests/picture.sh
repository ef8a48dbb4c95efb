#!/usr/bin/env bash
# The README's picture is what the viewer draws today. Usage: picture.sh BIN_FOLDER
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
# shellcheck disable=SC2046
"$1/heaplab-view" $(sed -n 's/.*heaplab-view \(traces.*\) --png.*/\1/p' run) --png "$work/now.png"
if ! cmp -s "$work/now.png" docs/heaplab-view.png; then
  echo "docs/heaplab-view.png is not what the viewer draws now: look at it, then ./run picture"
  exit 1
fi
