#!/usr/bin/env bash
# A trace of 10 GB (or GB) in 64 MiB: made on the fly, so no disk is needed for it, read from a pipe by replay and by convert, and the .hlt that
# convert wrote (about a fifteenth, in $TMPDIR or /tmp, deleted after) replayed. Exit 0 if each stayed within 64 MiB, else 1.
# usage: bench/stream_10gb.sh [--json] [GB]        BUILD: the folder of the build, default build/release
set -u
cd "$(dirname "$0")/.."
json=
[ "${1:-}" = --json ] && json=--json && shift
gigabytes=${1:-10}
build=${BUILD:-build/release}
stream=$build/bench/bench_stream heaplab=$build/bin/heaplab
for program in "$stream" "$heaplab"; do
  [ -x "$program" ] || { echo "stream_10gb: $program was not built" >&2; exit 1; }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/heaplab-stream-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0
run() { # GB NAME COMMAND…: what the command prints is shown only if it failed
  "$stream" $json "$1" "$2" sh -c 'exec "$@" >'"$work/said"' 2>&1' sh "${@:3}" || { failed=1; cat "$work/said" >&2; }
}
run "$gigabytes" "replay of a pipe" "$heaplab" replay - -p tlsf -s 1M
run "$gigabytes" "convert of a pipe to .hlt" "$heaplab" convert - "$work/out.hlt"
[ -n "$json" ] || printf '%-28s %8.3f GB\n' "the .hlt" "$(stat -c %s "$work/out.hlt" | awk '{print $1 / 1e9}')"
run 0 "replay of the .hlt" "$heaplab" replay "$work/out.hlt" -p tlsf -s 1M
exit $failed
