#!/usr/bin/env bash
# Every figure of the project, one after another (./run bench builds what it needs). Two minutes; exit 1 if one failed.
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

printf 'machine: %s, %s cores; %s\n' "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)" "$(nproc)" "$(gcc --version | head -1)"
for trace in lua bc hub; do
  run "events a second: every policy beside glibc ($trace)" $bin/bench/bench_replay traces/corpus/$trace.jsonl.gz
done
run "reading JSON beside cJSON and yajl" $bin/bench/bench_json
run "peak memory on a trace of 1 GB" $bin/bench/bench_json --gigabyte
run "slowdown by the recorder" bench/record_slowdown.sh $bin
run "bytes of code a policy, Cortex-M3, -Os" bench/code_size.sh
run "instructions an operation, Cortex-M3" bench/instructions.sh $bin
run "frames a second of the viewer" $bin/bin/heaplab-view --benchmark traces/corpus/lua.jsonl.gz
exit $failed
