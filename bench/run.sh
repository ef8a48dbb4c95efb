#!/usr/bin/env bash
# Every figure of the project, one after another (./run bench builds what it needs): `heaplab bench` on its made workload and on the corpus, then
# what needs the source tree. A quarter of an hour; exit 1 if one failed. docs/BENCH.md says how to read them.
set -u
cd "$(dirname "$0")/.."
bin=build/release
title() { printf '\n## %s\n   %s\n\n' "$1" "$2"; }
run() { # TITLE COMMAND…: leaves out, and says so, what was not built
  local name=$1
  shift
  title "$name" "$*"
  if [ ! -x "$1" ]; then
    echo "left out: $1 was not built"
  elif ! "$@"; then
    echo "FAILED: $*"
    failed=1
  fi
}
failed=0

run "everything, on a made workload; the board" $bin/bin/heaplab bench --board
run "the corpus: reading, replaying, questions, sweeps" $bin/bin/heaplab bench --only json,hlt,replay,questions,sweep traces/corpus/*.gz
for trace in lua bc hub; do
  run "every policy and replica ($trace)" $bin/bin/heaplab bench --only replay -p all traces/corpus/$trace.jsonl.gz
done
run "slowdown by the recorder" bench/record_slowdown.sh $bin
run "bytes of code a policy, Cortex-M3, -Os" bench/code_size.sh
run "instructions an operation, Cortex-M3" bench/instructions.sh $bin
run "frames a second of the viewer" $bin/bin/heaplab-view --benchmark traces/corpus/lua.jsonl.gz
exit $failed
