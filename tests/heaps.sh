#!/usr/bin/env bash
# A trace of several heaps, as a user replays it: a hub with a heap, a pool whose drivers wait for its blocks, and a heap that nobody
# uses. Usage: heaps.sh BIN_FOLDER
set -u
. "$(dirname "$0")/expect.sh"
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
heaplab=$bin/heaplab

# same WHAT A B: two texts are equal
same() {
  checks=$((checks + 1))
  if [ "$2" != "$3" ]; then
    printf 'FAILED: %s: expected\n%s\n  found\n%s\n' "$1" "$3" "$2"
    failures=$((failures + 1))
  fi
}

events='{"op":"alloc","id":1,"size":200,"t":0}
{"op":"alloc","id":2,"size":128,"heap":1,"thread":1,"t":1,"wait":10}
{"op":"alloc","id":3,"size":100,"heap":1,"thread":1,"t":1,"wait":10}
{"op":"mark","name":"burst","t":2}
{"op":"alloc","id":4,"size":100,"heap":1,"thread":2,"t":2,"wait":5}
{"op":"alloc","id":5,"size":64,"thread":2,"t":3}
{"op":"free","id":3,"thread":1,"t":4,"heap":0}
{"op":"alloc","id":6,"size":100,"heap":1,"thread":1,"t":4,"wait":3}
{"op":"free","id":5,"thread":2,"t":6}
{"op":"alloc","id":7,"size":100,"heap":1,"thread":2,"t":8,"wait":-1}
{"op":"realloc","id":1,"size":300,"t":20}
{"op":"free","id":2,"thread":0,"t":21}'
threads='"threads":[{"name":"main","priority":10},{"name":"uart","priority":3},{"name":"radio, 2.4 GHz","priority":5}]'
heaps='"heaps":[{"name":"default"},{"name":"rx-pool","pool":{"block":130,"count":2}},{"name":"spare"}]'
{
  echo '{"format":"heaplab-trace","version":1,"meta":{"name":"hub","time_unit":"ms"},'"$threads,$heaps}"
  echo "$events"
} >hub.jsonl
{ # the same with the header behind the events
  printf '{"format":"heaplab-trace","version":1,"events":['
  paste -sd, <<<"$events"
  echo "],$threads,$heaps}"
} >late.json
sed -E 's/,"wait":[-0-9]+//' hub.jsonl >nowait.jsonl
sed -E 's/"name":"rx-pool"/"name":"rx, \\"fast\\""/' hub.jsonl >names.jsonl

# each heap on its own; the pool has its own policy, its own blocks, exactly as many
expect 0 '^hub.jsonl: 2 heaps, 12 events$' "$heaplab" replay hub.jsonl
expect 0 '^  default  tlsf +4 KiB +300 +560 +0 +0$' "$heaplab" replay hub.jsonl
expect 0 '^  rx-pool  pool:block=130 +288 B +428 +288 +1 +2$' "$heaplab" replay hub.jsonl
expect 0 '^  spare +no events$' "$heaplab" replay hub.jsonl
expect 0 '^hub.jsonl, heap rx-pool on pool:block=130, heap 288 B .room for its 2 blocks of 130 B.$' "$heaplab" replay hub.jsonl
expect 0 'note: heap rx-pool: .* blocks of 130 bytes are 136 bytes here' "$heaplab" replay hub.jsonl
expect 0 '^  radio, 2.4 GHz  rx-pool +2 +1 +1 +0 +13 +18$' "$heaplab" replay hub.jsonl

# the options
expect 0 '^  default  best_fit +2 KiB' "$heaplab" replay hub.jsonl --heap default=best_fit@2K
expect 0 '^  default  first_fit +8 KiB' "$heaplab" replay hub.jsonl -p first_fit -s 8K
expect 0 '^  default  tlsf +16 KiB' "$heaplab" replay hub.jsonl --heap 0=@16K
expect 0 '^  rx-pool  rtthread_mempool:block=130:order=fifo +272 B' "$heaplab" replay hub.jsonl --heap rx-pool=rtthread_mempool:order=fifo
expect 0 '^  rx-pool  pool:block=132:align=4 +280 B' "$heaplab" replay hub.jsonl --heap rx-pool=pool:align=4:block=132
expect 0 '^  rx-pool  tlsf +4 KiB .* 0 +0$' "$heaplab" replay hub.jsonl --heap rx-pool=tlsf
expect 2 "no heap 'foo'; it has default, rx-pool, spare" "$heaplab" replay hub.jsonl --heap foo=tlsf
expect 2 'is set by --heap 0=tlsf already' "$heaplab" replay hub.jsonl --heap 0=tlsf --heap default=bump
expect 2 'expected NAME=POLICY' "$heaplab" replay hub.jsonl --heap default=
expect 2 'one policy a heap' "$heaplab" replay hub.jsonl --heap default=tlsf,bump
expect 2 "unknown policy 'nosuch'" "$heaplab" replay hub.jsonl --heap default=nosuch
expect 2 'expected a heap size' "$heaplab" replay hub.jsonl --heap default=tlsf@3
expect 2 'heap default: tlsf refuses a heap of 64 bytes' "$heaplab" replay hub.jsonl --heap default=tlsf@64
expect 2 'selects one heap.*not both' "$heaplab" replay hub.jsonl --heap rx-pool --heap default=tlsf
expect 2 '--region: the trace has several heaps' "$heaplab" replay hub.jsonl --region 0,4K
expect 2 '--arena-base: the trace has several heaps' "$heaplab" replay hub.jsonl --arena-base 0x1000
sed 's/"block":130/"block":1000000000/' hub.jsonl >large.jsonl
expect 2 'heap rx-pool is a pool of blocks of 1000000000 bytes' "$heaplab" replay large.jsonl
sed 's/"count":2/"count":100000000/' hub.jsonl >many.jsonl
expect 2 'heap rx-pool: pool:block=130 refuses a pool of 100000000 blocks' "$heaplab" replay many.jsonl

# conditions hold for every heap
expect 1 'heap rx-pool: failures==0 does not hold: failures is 1' "$heaplab" replay hub.jsonl --assert 'failures==0'
expect 0 'rx-pool' "$heaplab" replay hub.jsonl --assert 'failures<2'
expect 1 'rx-pool' "$heaplab" replay hub.jsonl --strict
expect 0 'rx-pool' "$heaplab" replay hub.jsonl --strict --heap rx-pool=pool@1K

# every way to the same run: a pipe, a header behind the events
digests=$("$heaplab" replay hub.jsonl -s 4K --digest 2>/dev/null)
expect 0 '^default [0-9a-f]{8}$' "$heaplab" replay hub.jsonl --digest
same 'digests of the trace with its header behind' "$("$heaplab" replay late.json --digest 2>/dev/null)" "$digests"
same 'the same with -s' "$("$heaplab" replay late.json -s 4K --digest 2>/dev/null)" "$digests"
same 'digests from a pipe' "$("$heaplab" replay - -s 4K --digest <hub.jsonl 2>/dev/null | grep -v spare)" "$digests"
expect 3 'event 2 is of a second heap, .* give a file' sh -c "'$heaplab' replay - -s 4K <late.json"

sed 's/"heap":1,//g' late.json >one_used.json
expect 0 '^- on tlsf, heap 4 KiB' sh -c "'$heaplab' replay - -s 4K <one_used.json"
expect 0 '^one_used.json: 1 heap, 12 events' "$heaplab" replay one_used.json -s 4K
cat >zephyr.log <<'LOG'
alloc heap 0x20000508 mem 0x20000a10 bytes 48
alloc heap 0x20001508 mem 0x20001a10 bytes 148
alloc heap 0x20000508 mem 0x20000a60 bytes 64
free heap 0x20000508 mem 0x20000a10 bytes 48
LOG
expect 0 '^  heap 0x20001508  tlsf +4 KiB +148 ' "$heaplab" replay zephyr.log
expect 0 '^  heap 0x20001508  tlsf +8 KiB +148 ' "$heaplab" replay zephyr.log -s 8K
expect 0 '^  288, 288, 344, null$' "$heaplab" replay zephyr.log -s 8K --offsets - --digest
expect 3 'event 2 is of a second heap' sh -c "'$heaplab' replay - -s 4K <zephyr.log"

# what is written beside
"$heaplab" replay hub.jsonl --digest --offsets vector.json --events events.csv >/dev/null 2>&1
expect 0 '^  256, 0, 136, null, -1, 464, null, 136, null, 0, 256, null$' cat vector.json
expect 0 '"heap": "rx-pool", "allocator": "pool:block=130", "arena_bytes": 288' cat vector.json
expect 3 'several heaps: write one for each' "$heaplab" verify vector.json --trace hub.jsonl
expect 0 ',steps,heap$' head -1 events.csv
expect 0 '^3,alloc,3,100,136,228,272,.*,1,rx-pool$' cat events.csv
expect 0 '^4,mark,0,0,,,,,,,,,,,0,$' cat events.csv
expect 0 ',"rx, ""fast"""$' sh -c "'$heaplab' replay names.jsonl --events - --digest"
expect 0 'block_total_count +2$' "$heaplab" replay hub.jsonl --native-stats --heap rx-pool=rtthread_mempool

# JSON
"$heaplab" replay hub.jsonl --json >hub.json 2>/dev/null
same 'members of the JSON' "$(python3 - <<'PYTHON'
import json
run = json.load(open("hub.json"))
print(run["trace"], run["events"], run["heaps_without_events"], [heap["heap"] for heap in run["heaps"]])
print(run["waiting_threads"])
print(run["waiting_threads"] == run["heaps"][1]["waiting_threads"], run["heaps"][0]["waiting_threads"])
print([(heap["policy"], heap["heap_bytes"], heap["failures"], heap["events"]) for heap in run["heaps"]])
PYTHON
)" "hub.jsonl 12 ['spare'] ['default', 'rx-pool']
[{'thread': 'radio, 2.4 GHz', 'heap': 'rx-pool', 'waits': 2, 'served': 1, 'timed_out': 1, 'longest_ticks': 13, 'total_ticks': 18}]
True []
[('tlsf', 4096, 0, 5), ('pool:block=130', 288, 1, 8)]"

# one heap alone: its report says who waited too; without waits it is what it is beside the others
expect 0 '"waiting_threads":.\[\]' "$heaplab" replay hub.jsonl --heap default --json
expect 0 '^  radio, 2.4 GHz  ' "$heaplab" replay hub.jsonl --heap rx-pool -p rtthread_mempool:block=130 -s 272
heap_of='
import json, sys
run = json.load(sys.stdin)
run = [heap for heap in run["heaps"] if heap["heap"] == sys.argv[1]][0] if "heaps" in run else run
print(json.dumps({name: run[name] for name in run if name not in ("heap", "trace", "seconds", "events_per_second")}, sort_keys=True))'
for heap in default rx-pool; do
  policy=tlsf size=4096
  [ $heap = rx-pool ] && policy=pool:block=130 size=288
  same "heap $heap alone" "$("$heaplab" replay nowait.jsonl --heap $heap -p $policy -s $size --json 2>/dev/null | python3 -c "$heap_of" $heap)" \
    "$("$heaplab" replay nowait.jsonl --json 2>/dev/null | python3 -c "$heap_of" $heap)"
done

# the other commands: compare takes each heap that is no pool, the others one
expect 0 '^hub.jsonl, heap default: 5 events, peak payload 300 B' "$heaplab" compare hub.jsonl -p tlsf
expect 0 '^hub.jsonl: 8 events' "$heaplab" compare hub.jsonl -p tlsf --heap rx-pool
expect 2 'choose one with --heap NAME; it has default .4 events, peak 300 B., rx-pool .7 events, peak 428 B, a pool.' \
  sh -c "'$heaplab' compare - <hub.jsonl"
sed -E '/"heap":1/!{/"op":"(alloc|realloc)"/d}; /"id":(1|5)/d' hub.jsonl >pool_only.jsonl
expect 0 '^pool_only.jsonl: 8 events' "$heaplab" compare pool_only.jsonl -p tlsf
sed -E 's/"name":"default"/"name":"default","pool":{"block":300,"count":2}/' hub.jsonl >pools.jsonl
expect 2 'pools.jsonl has several heaps: choose one' "$heaplab" compare pools.jsonl -p tlsf
expect 2 'choose with --heap NAME; it has default' "$heaplab" minheap hub.jsonl
expect 0 '^tlsf' "$heaplab" minheap hub.jsonl --heap default -p tlsf
expect 2 'choose with --heap NAME; it has default' "$heaplab" board mps2-an385 hub.jsonl
expect 2 'choose with --heap NAME; it has default' "$heaplab" diff hub.jsonl -p tlsf,best_fit
expect 2 'choose with --heap NAME; it has default' "$heaplab" reduce hub.jsonl -o small.json
expect 3 'several heaps: make a trace of each' "$heaplab" sweep hub.jsonl -p tlsf -s 4K -o results.jsonl
"$heaplab" convert hub.jsonl --heap default one.jsonl >/dev/null 2>&1
expect 0 'tlsf' "$heaplab" sweep one.jsonl -p tlsf -s 4K -o results.jsonl

# a pool alone, or selected, is a pool as well; a policy or a size that is given goes before
expect 0 '^  rx-pool  pool:block=130 +288 B +428 +288 +1 +2$' "$heaplab" replay hub.jsonl --heap rx-pool
expect 0 '^hub.jsonl on tlsf, heap 4 KiB$' "$heaplab" replay hub.jsonl --heap rx-pool -s 4K
expect 0 '^hub.jsonl on pool:block=256, heap ' "$heaplab" replay hub.jsonl --heap rx-pool -p pool:block=256
expect 0 '^hub.jsonl on tlsf, heap 4 KiB' "$heaplab" replay hub.jsonl --heap default
checks=$((checks + 1))
if "$heaplab" replay hub.jsonl --heap rx-pool 2>/dev/null | grep -E '^  (default|spare)  '; then
  echo 'FAILED: a selection of one heap speaks of the others'
  failures=$((failures + 1))
fi
{
  echo '{"format":"heaplab-trace","version":1,"heaps":[{"name":"rx","pool":{"block":64,"count":2}}]}'
  echo '{"op":"alloc","id":1,"size":64}'
  echo '{"op":"alloc","id":2,"size":64}'
  echo '{"op":"alloc","id":3,"size":64,"wait":-1}'
} >alone.jsonl
expect 0 '^  rx    pool:block=64 +144 B +192 +144 +0 +1$' "$heaplab" replay alone.jsonl
expect 0 '^  no request failed; 1 still waits for a block$' "$heaplab" replay alone.jsonl
expect 1 'waiting_end==0 does not hold: waiting_end is 1' "$heaplab" replay alone.jsonl --assert waiting_end==0
expect 0 '^alone.jsonl on tlsf, heap 4 KiB' "$heaplab" replay alone.jsonl -p tlsf

# who waited is told with the heap that was selected
expect 0 '^  radio, 2.4 GHz  rx-pool +[0-9]' "$heaplab" replay hub.jsonl --heap rx-pool -p rtthread_mempool:block=130 -s 272
expect 0 '"heap":.*"rx-pool"' "$heaplab" replay hub.jsonl --heap 1 -p rtthread_mempool:block=130 -s 272 --json

# where nobody waited there were no waits
expect 0 'digest' "$heaplab" replay hub.jsonl --heap default --assert 'waits==0,waits_timed_out<=0,under_aligned==0'
expect 1 'waits>0 does not hold: waits is 0' "$heaplab" replay hub.jsonl --heap default --assert 'waits>0'

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
