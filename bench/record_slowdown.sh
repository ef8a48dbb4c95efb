#!/bin/sh
# How much slower a program runs while it is recorded: bench/record_slowdown.sh BUILD_DIR [RUNS]
# The least of RUNS (7) wall times with the recorder and without, alternating in one run; the conversion to a trace afterwards not
# counted. churn 0 is the worst case, nothing but malloc and free from glibc's fastest path (7 ns a call); the others are programs that do something with the memory.
set -eu
[ $# -ge 1 ] || { sed -n '2,4s/^# //p' "$0"; exit 2; }
build=$(cd "$1" && pwd)
runs=${2:-7}
source=$(cd "$(dirname "$0")/.." && pwd)
logs=$(mktemp -d "${TMPDIR:-/tmp}/heaplab-slowdown-XXXXXX")
trap 'rm -rf "$logs"' EXIT

now() { date +%s%N; }

measure() { # BITS NAME COMMAND…
    bits=$1 name=$2
    shift 2
    plain=0 recorded=0 i=0
    while [ "$i" -lt "$runs" ]; do
        begin=$(now)
        "$@" > /dev/null
        middle=$(now)
        LD_LIBRARY_PATH="$build/lib/heaplab/$bits" LD_PRELOAD=libheaplab_record.so HEAPLAB_RECORD_DIR="$logs" "$@" > /dev/null
        end=$(now)
        rm -f "$logs"/*
        [ "$plain" -ne 0 ] && [ $((middle - begin)) -ge "$plain" ] || plain=$((middle - begin))
        [ "$recorded" -ne 0 ] && [ $((end - middle)) -ge "$recorded" ] || recorded=$((end - middle))
        i=$((i + 1))
    done
    printf '%-38s %6d ms %6d ms  x %d.%02d\n' "$name" $((plain / 1000000)) $((recorded / 1000000)) $((recorded / plain)) $((recorded * 100 / plain % 100))
}

printf '%-38s %9s %9s\n' program plain recorded
churn=$build/tests/record_programs
measure 64 "churn, 1,000 blocks" "$churn/64/churn" 0 3000000
measure 64 "churn, 60,000 blocks" "$churn/64/churn" 0 3000000 60000
measure 64 "churn, 2 threads" "$churn/64/churn" 2 1500000
[ -x "$churn/32/churn" ] && measure 32 "churn, 1,000 blocks, i386" "$churn/32/churn" 0 3000000
if command -v lua5.4 > /dev/null; then
    measure 64 "lua5.4, a table and a string a turn" lua5.4 -e 'local t = {} for i = 1, 300000 do t[i % 1000] = {i, tostring(i) .. "x" .. i} end'
    measure 64 "lua5.4 workload.lua" lua5.4 "$source/traces/corpus/inputs/workload.lua"
fi
if command -v jq > /dev/null; then
    measure 64 "jq, orders.json" jq . "$source/traces/corpus/inputs/orders.json"
fi
