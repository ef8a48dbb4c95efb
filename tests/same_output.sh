#!/bin/sh
# same_output.sh ONE OTHER: both programs succeed and print the same.
set -eu
one=$(mktemp) other=$(mktemp)
trap 'rm -f "$one" "$other"' EXIT
"$1" > "$one"
"$2" > "$other"
test -s "$one"
diff "$one" "$other"
echo "$(wc -l < "$one") lines agree"
