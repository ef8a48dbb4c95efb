#!/usr/bin/env bash
# Instructions of malloc, free and realloc on a Cortex-M3, exact, every call of a trace counted: policies x traces, each on twice its
# smallest heap. One policy linked and called directly, -O2, basic checks on, byte counts off (config.h's defaults).
#
#     bench/instructions.sh BUILD [TRACE…]      BUILD: where bin/heaplab is; default traces: sqlite3, lua, bc of the corpus
set -eu
build=${1:?"usage: bench/instructions.sh BUILD [TRACE...]"}
shift
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -gt 0 ] || set -- "$root/traces/corpus/sqlite3.jsonl.gz" "$root/traces/corpus/lua.jsonl.gz" "$root/traces/corpus/bc.jsonl.gz"
for trace; do
  "$build/bin/heaplab" board mps2-an385 "$trace" -p all --min-heap-times 2
  echo
done
