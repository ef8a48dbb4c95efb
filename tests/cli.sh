#!/usr/bin/env bash
# The commands as a user types them: results, messages, exit codes. Usage: cli.sh BIN_FOLDER
set -u
. "$(dirname "$0")/expect.sh"
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

heaplab=$bin/heaplab
{
  echo '{"format": "heaplab-trace", "version": 1, "meta": {"name": "small"}}'
  for i in 1 2 3 4 5 6 7 8; do echo "{\"op\": \"alloc\", \"id\": $i, \"size\": $((i * 40))}"; done
  for i in 2 4 6; do echo "{\"op\": \"free\", \"id\": $i}"; done
  echo '{"op": "realloc", "id": 7, "size": 400}'
  echo '{"op": "mark", "name": "later"}'
  echo '{"op": "alloc", "id": 9, "size": 300, "align": 64}'
} >small.jsonl
sed '5s/"id": 4/"id": 3/' small.jsonl >reused.jsonl
head -c 300 small.jsonl >cut.jsonl
printf '{"format": "heaplab-trace", "version": 9}\n' >version.jsonl
printf 'hello\n' >text.jsonl

# usage
expect 2 'usage: heaplab' "$heaplab"
expect 0 'Exit codes' "$heaplab" --help
expect 0 '^heaplab [0-9]' "$heaplab" --version
expect 2 "unknown command 'dance'" "$heaplab" dance
for command in replay compare minheap verify convert policies record board; do
  expect 0 '^example: ' "$heaplab" $command --help
  expect 2 'Try .heaplab' "$heaplab" $command --no-such-option
done
expect 2 'no trace given' "$heaplab" replay
expect 2 "unknown policy 'besst_fit'" "$heaplab" replay small.jsonl -p besst_fit
expect 2 'expected a heap size' "$heaplab" replay small.jsonl -s 12kb
expect 2 'one policy at a time' "$heaplab" replay small.jsonl -p all
expect 2 '-s is needed' "$heaplab" replay -
expect 2 'OFFSET,SIZE' "$heaplab" replay small.jsonl --region 5
expect 2 'refuses a heap' "$heaplab" replay small.jsonl -p tlsf -s 64

# bad input
expect 3 'nosuch' "$heaplab" replay nosuch.jsonl
expect 3 'reused.jsonl:5:' "$heaplab" replay reused.jsonl
expect 3 'cut.jsonl' "$heaplab" replay cut.jsonl
expect 3 'version' "$heaplab" compare version.jsonl
expect 3 'text.jsonl:1:1' "$heaplab" minheap text.jsonl
expect 3 'reused.jsonl:5:' "$heaplab" convert reused.jsonl out.json
[ ! -e out.json ] || { echo 'FAILED: a failed conversion left a file'; failures=$((failures + 1)); }
expect 0 'anomal' "$heaplab" replay reused.jsonl --lenient
expect 0 'anomal' "$heaplab" replay cut.jsonl --lenient

# replay
expect 0 "peak payload +1440 B" "$heaplab" replay small.jsonl -p first_fit -s 4K
expect 0 'every request was served' "$heaplab" replay small.jsonl -p first_fit -s 4K
expect 0 'requests failed; the first at event' "$heaplab" replay small.jsonl -p first_fit -s 1K
expect 1 'requests failed' "$heaplab" replay small.jsonl -p first_fit -s 1K --strict
expect 0 '^[0-9a-f]{8}$' "$heaplab" replay small.jsonl -p first_fit --digest
expect 0 '"failures":.0,' "$heaplab" replay small.jsonl --json
expect 0 'served' sh -c "'$heaplab' replay - -s 4K <small.jsonl"
expect 0 '^8,alloc,8,320,[0-9]+,1440,' sh -c "'$heaplab' replay small.jsonl -s 4K --events /dev/stdout"
expect 0 '"offsets": \[' sh -c "'$heaplab' replay small.jsonl -s 4K --offsets - --digest"
"$heaplab" replay small.jsonl -p best_fit -s 4K --offsets vector.json --digest >/dev/null
expect 0 '^  16, 64, ' head -3 vector.json
expect 0 'null, null, null' cat vector.json
expect 4 'cannot write' "$heaplab" replay small.jsonl --offsets no/such/folder/v.json
expect 0 '"heap_bytes":.3072' "$heaplab" replay small.jsonl -p first_fit --region 0,1K --region 64K,2K --json
echo '{"format":"heaplab-trace","version":1,"events":[{"op":"calloc","id":1,"size":4294967295,"align":32}]}' >wrapping.json
expect 0 'every request was served' "$heaplab" replay wrapping.json -p rtthread_slab -s 256K

# the same trace in every encoding gives the same heap
digest=$("$heaplab" replay small.jsonl -p tlsf -s 4K --digest)
for name in a.json a.jsonl.gz a.hlt a.json.gz; do
  expect 0 '14 events' "$heaplab" convert small.jsonl $name
  expect 0 "^$digest\$" "$heaplab" replay $name -p tlsf -s 4K --digest
done
expect 0 'heaplab-trace' "$heaplab" convert a.hlt - --to json
expect 2 'tells no encoding' "$heaplab" convert small.jsonl a.xyz
"$heaplab" convert a.hlt back.jsonl 2>/dev/null && "$heaplab" convert small.jsonl forth.jsonl 2>/dev/null
expect 0 '' cmp back.jsonl forth.jsonl

# recordings of other tools
printf '= Start\n@ ./p:[0x10] + 0x1000 0x18\n@ ./p:[0x20] + 0x2000 0x20\n- 0x1000\n- 0x3000\n+ 0x1000 0x30\n= End\n' >small.mtrace
gzip -c small.mtrace >mtrace.gz
expect 0 'mtrace, heaptrack' "$heaplab" convert --help
expect 0 '1 free of a block from before the recording is left out' "$heaplab" replay small.mtrace -p tlsf -s 4K
expect 0 'note: small.mtrace: imported from glibc mtrace; lost: times' "$heaplab" compare small.mtrace -p tlsf
expect 0 'note: standard input: imported' sh -c "'$heaplab' replay - -s 4K <mtrace.gz"
expect 0 'm.jsonl: 4 events' "$heaplab" convert small.mtrace m.jsonl
expect 0 '"note":"imported from glibc mtrace; lost: .*left out".*"sites": \["./p:' cat m.jsonl
expect 0 '4 events' sh -c "cat mtrace.gz | '$heaplab' convert - m2.jsonl"
expect 0 '' cmp m.jsonl m2.jsonl
expect 0 '^\{"op":"alloc","id":1,"size":24\}' sh -c "cat small.mtrace | '$heaplab' convert - - --to jsonl"
expect 0 '"site":0' sh -c "'$heaplab' convert - - --to jsonl <small.mtrace"
expect 0 '^\{"op":"alloc","id":2' timeout 20 sh -c "mkfifo live; (head -3 small.mtrace; cat live) | '$heaplab' convert - - --to jsonl | (sed '/\"id\":2/q'; echo >live)"
expect 3 'bad.mtrace:3:3: not a line of this recording: found "x", expected an address' sh -c "sed '3s/.*/+ x/' small.mtrace >bad.mtrace; '$heaplab' convert bad.mtrace m.jsonl"
expect 0 'anomaly: bad.mtrace:3:3' "$heaplab" convert bad.mtrace m.jsonl --lenient
expect 3 'cannot be replayed: found a DHAT profile' sh -c "echo '{\"dhatFileVersion\":2}' | '$heaplab' replay - -s 4K"

# compare, minheap, policies
expect 0 'needs the least' "$heaplab" compare small.jsonl -p all
expect 0 '^\| first_fit \| [0-9]+ \|' "$heaplab" compare small.jsonl -p first_fit --markdown
expect 0 '^"small.jsonl",[0-9]+,first_fit,[0-9]+,' "$heaplab" compare small.jsonl -p first_fit --csv
expect 0 '"min_heap_ratio"' "$heaplab" compare small.jsonl -p first_fit,best_fit:align=4 --json
expect 0 'margin of 4096 B' "$heaplab" minheap small.jsonl -p first_fit -s 4K
expect 0 'no heap' "$heaplab" minheap small.jsonl -p pool
expect 0 '"safe_heap_bytes":' "$heaplab" minheap small.jsonl -p first_fit --json
expect 0 '"samples":.16,' "$heaplab" minheap small.jsonl -p first_fit --samples 16 --json
expect 0 '^first_fit +[0-9]+ +[0-9.]+ +0$' "$heaplab" minheap small.jsonl -p first_fit --samples 0
expect 0 '\(-[0-9.]+ %\), does not serve' "$heaplab" minheap small.jsonl -p first_fit -s 1K
expect 2 'expected 0, or 8 to 4096' "$heaplab" minheap small.jsonl --samples 5
expect 1 'first_fit: safe_heap_bytes<1K does not hold: safe_heap_bytes is [0-9]+' "$heaplab" minheap small.jsonl -p first_fit --assert 'safe_heap_bytes<1K'
expect 0 '^first_fit' "$heaplab" minheap small.jsonl -p first_fit --assert 'safe_heap_bytes<1M, min_heap_ratio<200%'
expect 1 'pool: min_heap_bytes<1M does not hold: min_heap_bytes is not known' "$heaplab" minheap small.jsonl -p pool --assert 'min_heap_bytes<1M'
expect 2 'failures belongs to a run' "$heaplab" minheap small.jsonl --assert 'failures=0'
expect 2 'no metric is called .min_heap_size.; expected one of .*min_heap_bytes' "$heaplab" minheap small.jsonl --assert 'min_heap_size<3'
expect 2 'expected NAME OP VALUE' "$heaplab" minheap small.jsonl --assert 'min_heap_bytes'
expect 2 "found 'much' where a number" "$heaplab" minheap small.jsonl --assert 'min_heap_bytes<much'

# replay: conditions
expect 0 'every request was served' "$heaplab" replay small.jsonl -p first_fit --assert 'external_fragmentation<=1,failures==0'
expect 1 'small.jsonl on first_fit: external_fragmentation<0.1 does not hold: external_fragmentation_max is 0\.' "$heaplab" replay small.jsonl -p first_fit --assert 'external_fragmentation<0.1'
expect 1 'first_failure_efficiency>0 does not hold: first_failure_efficiency is not known' "$heaplab" replay small.jsonl -p first_fit --assert 'first_failure_efficiency>0'
expect 0 '"events"' "$heaplab" replay small.jsonl -p first_fit --json --assert 'peak_payload_bytes >= 1K' --assert 'first_failure_efficiency != 0'
expect 2 "min_heap_bytes is what 'heaplab minheap' finds" "$heaplab" replay small.jsonl --assert 'min_heap_bytes<4K'

# compare: columns, order, baseline, conditions
expect 0 '^policy +/ peak +wilson 4 +max +request bytes' "$heaplab" compare small.jsonl -p first_fit --metrics min_heap_ratio,wilson_4,steps_max,largest_request_bytes
expect 0 '^trace,heap_bytes,policy,wilson_4$' "$heaplab" compare small.jsonl -p first_fit --metrics wilson_4 --csv
expect 0 '^trace,heap_bytes,policy,min_heap_bytes,.*,control_bytes$' "$heaplab" compare small.jsonl -p first_fit --csv
expect 0 '"safe_heap_bytes":' "$heaplab" compare small.jsonl -p first_fit --safe --json
expect 2 'no metric is called .wilson_9.' "$heaplab" compare small.jsonl --metrics wilson_9
expect 2 "found ':sideways' where :up or :down" "$heaplab" compare small.jsonl --sort steps_max:sideways
expect 0 '^freertos_heap_4, the baseline, needs [0-9]+ B, [0-9.]+ x; .*(less|more) than freertos_heap_4' "$heaplab" compare small.jsonl -p tlsf,best_fit,freertos_heap_4
expect 0 '^first_fit, the baseline' "$heaplab" compare small.jsonl -p tlsf --baseline first_fit
expect 2 'baseline nosuch: unknown policy' "$heaplab" compare small.jsonl -p tlsf --baseline nosuch
expect 1 'small.jsonl on tlsf: failures>0 does not hold: failures is 0' "$heaplab" compare small.jsonl -p tlsf --assert 'failures>0'
expect 0 'over 2 traces' "$heaplab" compare small.jsonl small.jsonl -p tlsf,first_fit,pool
expect 0 '^pool +serves 0 of 2 ' "$heaplab" compare small.jsonl small.jsonl -p tlsf,first_fit,pool
first() { "$heaplab" compare small.jsonl -p tlsf,bump,first_fit --sort "$1" --csv | sed -n '2s/^[^,]*,[^,]*,\([^,]*\),.*/\1/p'; }
checks=$((checks + 1))
[ "$(first min_heap_bytes:down)" = bump ] && [ "$(first utilization:up)" != "$(first utilization)" ] && [ "$(first min_heap_bytes)" != bump ] ||
  { echo "FAILED: compare --sort: $(first min_heap_bytes:down) $(first utilization:up) $(first min_heap_bytes)"; failures=$((failures + 1)); }
bytes=$("$heaplab" minheap small.jsonl -p first_fit --json | sed -n 's/.*"min_heap_bytes":[^0-9]*\([0-9]*\).*/\1/p')
expect 0 '' "$heaplab" replay small.jsonl -p first_fit -s "$bytes" --strict --digest
expect 1 '' "$heaplab" replay small.jsonl -p first_fit -s "$((bytes - 8))" --strict --digest
expect 0 'two bitmaps' "$heaplab" policies tlsf
expect 0 '"traits"' "$heaplab" policies --json

# replicas: their parameters, their address, their own statistics
expect 0 'on freertos_heap_4:version=10.4.6:guard=on, heap' "$heaplab" replay small.jsonl -p freertos_heap_4:guard=on:version=10.4.9 -s 8K
expect 0 'on rtthread_mempool:block=512:order=fifo, heap' "$heaplab" replay small.jsonl -p rtthread_mempool:order=fifo:block=512 -s 8K
expect 2 'order=lilo: expected one of .*lifo\|fifo' "$heaplab" replay small.jsonl -p rtthread_mempool:order=lilo
expect 2 'version=0.1: expected a version from' "$heaplab" replay small.jsonl -p freertos_heap_4:version=0.1
expect 2 'unknown parameter guard=on' "$heaplab" replay small.jsonl -p tlsf:guard=on
expect 2 'guard=maybe' "$heaplab" replay small.jsonl -p freertos_heap_4:guard=maybe
expect 0 'on best_fit:align=4:checks=none, heap' "$heaplab" replay small.jsonl -p best_fit:checks=none:align=4 -s 8K
expect 0 'xAvailableHeapSpaceInBytes +[0-9]+$' "$heaplab" replay small.jsonl -p freertos_heap_4 -s 8K --native-stats
expect 0 '"name":.*"xAvailableHeapSpaceInBytes"' "$heaplab" replay small.jsonl -p freertos_heap_4 -s 8K --native-stats --json
expect 0 'max_used +[0-9]+  region 1$' "$heaplab" replay small.jsonl -p rtthread_memheap --region 0,4K --region 8K,4K --native-stats
expect 0 'events +[0-9]' "$heaplab" replay small.jsonl -p buddy_system_allocator --region 1K,1K --region 0,1K # the upper one first
expect 2 'refuses these regions' "$heaplab" replay small.jsonl -p talc --region 0,1K --region 2K,8
expect 0 'tlsf keeps no statistics of its own' "$heaplab" replay small.jsonl -p tlsf -s 8K --native-stats
expect 0 '"native_statistics":.null' "$heaplab" replay small.jsonl -p tlsf -s 8K --native-stats --json
expect 0 'under-aligned payloads +1 ' "$heaplab" replay small.jsonl -p freertos_heap_4 -s 8K
expect 0 '"under_aligned":.1,' "$heaplab" replay small.jsonl -p freertos_heap_4 -s 8K --json
expect 0 'every request was served' "$heaplab" replay small.jsonl -p freertos_heap_5 -s 8K --arena-base 0x20000007
expect 2 'expected a 32-bit address' "$heaplab" replay small.jsonl --arena-base 0
expect 2 'expected a 32-bit address' "$heaplab" compare small.jsonl --arena-base 4G
expect 2 'refuses a heap' "$heaplab" replay small.jsonl -p freertos_heap_4 -s 8K --arena-base 0xfffff000
expect 0 ' needs the least' "$heaplab" compare small.jsonl -p all --arena-base 0x20000004
expect 0 'buddy_system_allocator:order=15:version=0.11 +[0-9]+ ' "$heaplab" compare small.jsonl -p first_fit,buddy_system_allocator:version=0.11:order=15
expect 0 '^freertos_heap_4 +[0-9]+ +[0-9.]+ +28 +[0-9]+ +64 +[0-9]+$' "$heaplab" minheap small.jsonl -p freertos_heap_4
expect 0 '"control_bytes":.28' "$heaplab" minheap small.jsonl -p freertos_heap_4 --json
expect 0 '^  replica   of FreeRTOS heap_4' "$heaplab" policies freertos_heap_4
expect 0 '^  block     \|' "$heaplab" policies first_fit
expect 2 'stands alone' "$heaplab" policies --markdown tlsf

# verify: what replay writes agrees with itself, on any allocator, in one region or several
for policy in first_fit tlsf:align=4 freertos_heap_4 rtthread_smem:align=8 rtthread_mempool:block=300; do
  "$heaplab" replay small.jsonl -p $policy -s 8K --offsets own.json --digest >/dev/null
  expect 0 "^own.json: 14 of 14 events agree.* \($policy(:align=4)?\)$" "$heaplab" verify own.json
done
"$heaplab" replay small.jsonl -p freertos_heap_5 --region 3,1K --region 2K,4001 --arena-base 0x20003000 --offsets own.json --digest >/dev/null
expect 0 '14 of 14 events agree, 7 of 7 statistics agree' "$heaplab" verify own.json --trace small.jsonl
expect 0 '"arena_bytes": 6049, "arena_base": 536883200' cat own.json
sed 's/  16, /  17, /' own.json >moved.json
expect 1 'first difference: event 1: alloc id 1, 40 bytes: expected offset 17, found offset 16' "$heaplab" verify moved.json
expect 1 ' 16 +40  payload  id 1  <- expected  <- found' "$heaplab" verify moved.json
expect 1 '"expected":.17,' "$heaplab" verify moved.json --json
sed 's/"allocs": [0-9]*/"allocs": 77/' own.json >counted.json
expect 1 'first statistic that differs: allocs: expected 77, found [0-9]' "$heaplab" verify counted.json
expect 1 '^1 of 2 files agree' "$heaplab" verify own.json moved.json
expect 1 '"files_agreeing":.1' "$heaplab" verify own.json moved.json --json
expect 1 '\(first_fit\)$' "$heaplab" verify own.json -p first_fit
gzip -k own.json
expect 0 '14 of 14 events agree' "$heaplab" verify own.json.gz
mkdir -p folder/traces && cp small.jsonl folder/traces/ && sed 's/"trace": "[^"]*"/"trace": "small"/' own.json >folder/freertos-heap5.x.json
sed 's/"allocator": "[^"]*"/"allocator": "FreeRTOS heap_5"/' folder/freertos-heap5.x.json >folder/some.json
expect 0 '^2 of 2 files agree' "$heaplab" verify folder/freertos-heap5.x.json folder/some.json
expect 0 '14 of 14' "$heaplab" verify folder/some.json --trace folder/traces
expect 3 "its trace 'small' is not in" "$heaplab" verify folder/some.json --trace "$bin"

# verify: files that are not what they should be
expect 2 'no vector given' "$heaplab" verify
expect 3 'cannot be read' "$heaplab" verify nosuch.json
expect 3 'byte 0: not a JSON object' "$heaplab" verify text.jsonl
printf '{"allocator": "talc", "offsets": [1, 2' >cut-vector.json
expect 3 'ends after 38 bytes in the middle of its JSON' "$heaplab" verify cut-vector.json
bad() { # PATTERN SED_EXPRESSION: own.json, changed, is refused
  sed "$2" own.json >bad.json
  expect 3 "$1" "$heaplab" verify bad.json
}
bad 'word_bits is 64' 's/"word_bits": 32/"word_bits": 64/'
bad 'no member word_bits' 's/"word_bits"/"bits"/'
bad 'no member offsets' 's/"offsets"/"places"/'
bad 'offsets has 13 entries, the trace more events' 's/  16, /  /'
bad 'offsets has 15 entries, the trace 14 events' 's/  16, /  16, 16, /'
bad 'offsets, entry 1: expected' 's/  16, /  -2, /'
bad 'offsets, entry 1: expected' 's/  16, /  "16", /'
bad 'regions: each needs' 's/"size": 1024/"bytes": 1024/'
bad 'size: expected a whole number' 's/"size": 1024/"size": -1/'
bad "unknown policy 'o1heap'" 's/"allocator": "[^"]*"/"allocator": "o1heap"/'
bad 'says which allocator' 's/"allocator"/"alloc"/'
bad "format 'strange': expected" 's/^{/{"format": "strange", /'
bad 'final_stats: expected an object' 's/"final_stats": {.*}}/"final_stats": 5}/'
"$heaplab" convert small.jsonl trace.json 2>/dev/null
expect 3 'goes behind --trace' "$heaplab" verify trace.json
echo '{"format": "heaplab-script", "allocator": "linked_list_allocator", "word_bits": 32, "arena_base": 536870912, "arena_bytes": 64,
  "steps": [{"op": "alloc", "id": 1, "size": 64, "align": 8}, {"op": "alloc", "id": 2, "size": 8, "align": 8}, {"op": "extend", "by": 64},
  {"op": "alloc", "id": 2, "size": 8, "align": 8}, {"op": "realloc", "id": 1, "size": 4}, {"op": "free", "id": 1}],
  "results": [0, -1, "ok", 64, 72, null]}' >script.json
expect 0 '6 of 6 steps agree' "$heaplab" verify script.json
sed 's/"ok", 64/"ok", 60/' script.json >other.json
expect 1 'first difference: event 4: .*: expected offset 60, found offset 64' "$heaplab" verify other.json
sed 's/"ok", 64, //' script.json >other.json
expect 3 'two lists of the same length' "$heaplab" verify other.json
sed 's/"op": "free"/"op": "frees"/' script.json >other.json
expect 3 "unknown op 'frees'" "$heaplab" verify other.json

# a part of a trace: --from, --to, --heap
note='note: events 5 … 12 of small.jsonl, after the 4 blocks \(400 bytes\) alive before them'
for command in 'replay' 'compare -p first_fit' 'minheap -p first_fit' 'convert - --to jsonl'; do
  # shellcheck disable=SC2086
  set -- $command
  command=$1
  shift
  expect 0 "$note" "$heaplab" $command small.jsonl "$@" --from 5 --to 12
  expect 2 "heaplab $command: --from 0: expected an event's number \(from 1\), t=TIME or mark=NAME" "$heaplab" $command small.jsonl --from 0
  expect 2 "heaplab $command: --from t=soon: expected t=TIME" "$heaplab" $command small.jsonl --from t=soon
  expect 2 "heaplab $command: --heap: expected the name" "$heaplab" $command small.jsonl --heap ''
done
for policy in first_fit tlsf buddy freertos_heap_4; do # a run of the part is a run of the part written and read
  for part in '--from 5 --to 12' '--from mark=later' '--to t=9' '--from t=3 --to mark=later'; do
    for name in part.jsonl part.json part.hlt; do
      "$heaplab" convert small.jsonl $name $part 2>/dev/null
      expect 0 "^$("$heaplab" replay small.jsonl -p $policy -s 8K --digest $part 2>/dev/null)\$" "$heaplab" replay $name -p $policy -s 8K --digest
    done
  done
done
"$heaplab" convert small.jsonl part.jsonl --from 5 --to 12 2>/dev/null
expect 0 '"note":"a part of small.jsonl: --from 5 --to 12"' cat part.jsonl
expect 0 '^\{"op":"mark","name":"from 5"\}' cat part.jsonl
"$heaplab" convert part.jsonl part2.jsonl --to 3 2>/dev/null
expect 0 '"note":"a part of small.jsonl: --from 5 --to 12; a part of part.jsonl: --to 3"' cat part2.jsonl
expect 0 'part2.jsonl: 3 events' "$heaplab" convert part.jsonl part2.jsonl --to 3
expect 0 '^ +events +13$' "$heaplab" replay small.jsonl --from 5 --to 12
expect 0 'note: events 5 … 12 of standard input' sh -c "'$heaplab' replay - -s 4K --from 5 --to 12 <small.jsonl"
expect 0 'note: events 2 … 3 of standard input, after the 1 block \(24 bytes\)' sh -c "'$heaplab' convert - - --to jsonl --from 2 --to 3 <small.mtrace"
expect 0 'note: event 14 of small.jsonl' "$heaplab" replay small.jsonl --from 14
expect 3 '^small.jsonl: not in this trace: --from 15: it has 14 events$' "$heaplab" replay small.jsonl --from 15
expect 3 '^small.jsonl: not in this trace: --to 15: it has 14 events$' "$heaplab" convert small.jsonl part3.jsonl --to 15
expect 1 '' test -e part3.jsonl
expect 3 'not in this trace: --from mark=boot: its marks are later$' "$heaplab" compare small.jsonl --from mark=boot
expect 3 'not in this trace: --to 4: the range is empty, it would begin with event 9 of 14 events' "$heaplab" minheap small.jsonl --from 9 --to 4
expect 3 '^reused.jsonl:5:' "$heaplab" replay reused.jsonl -p tlsf --from 2
expect 0 'note: events 2 … 3 of reused.jsonl' "$heaplab" replay reused.jsonl -p tlsf --from 2 --to 3
expect 0 'note: events 2 … 3 of cut.jsonl' "$heaplab" replay cut.jsonl -p tlsf --from 2 --to 3
expect 0 'note: events 1 … 3 of standard input' timeout 20 sh -c "mkfifo open; (cat small.jsonl; yes garbage | head -n 4000; cat open) | (timeout 10 '$heaplab' replay - -s 4K --to 3; echo >open)"
expect 2 'expected json, jsonl, .*mark=NAME' "$heaplab" convert small.jsonl part3.jsonl --to yaml
sed '1s/}}$/, "note": "old"}, "heaps": [{"name": "sram"}, {"name": "dma"}]}/; s/\("id": [357].*\)}/\1, "heap": 1}/' small.jsonl >heaps.jsonl
expect 0 'note: events 1 … 14 of heaps.jsonl; of them those of heap 1 \(dma\)' "$heaplab" replay heaps.jsonl --heap dma
expect 0 '^ +events +5$' "$heaplab" replay heaps.jsonl --heap 1
expect 0 '^ +events +4$' "$heaplab" replay heaps.jsonl --heap 1 --from 8 --to 8
for part in '' '--from 8'; do # every heap's own run is the run of that heap's part
  for heap in sram dma; do
    expect 0 "^$heap $("$heaplab" replay heaps.jsonl -s 8K --digest --heap $heap $part 2>/dev/null)\$" "$heaplab" replay heaps.jsonl -s 8K --digest $part
  done
done
expect 3 'not in this trace: --heap flash: its heaps are 0 sram, 1 dma$' "$heaplab" replay heaps.jsonl --heap flash
expect 3 'not in this trace: --heap 64K: it names no heaps, all is in heap 0$' "$heaplab" replay small.jsonl --heap 64K
"$heaplab" convert heaps.jsonl dma.json --heap dma 2>/dev/null
expect 0 '"note":.*"old; a part of heaps.jsonl: --heap dma"' cat dma.json
expect 0 "^$("$heaplab" replay heaps.jsonl -s 8K --digest --heap dma 2>/dev/null)\$" "$heaplab" replay dma.json -s 8K --digest --heap dma
expect 0 '5 events' "$heaplab" convert dma.json dma2.hlt --heap 1
expect 0 '^ +events +5$' sh -c "cat dma.json | '$heaplab' replay - -s 8K --heap dma"
expect 3 "expected the header's members before events" sh -c "sed 's/\"heaps\"/\"heap\"/' dma.json | cat | '$heaplab' replay - -s 8K --heap dma"
printf 'alloc heap 0x20 mem 0x%d0 bytes 48\nalloc heap 0x30 mem 0x%d0 bytes 64\n' 1 2 3 4 5 6 >zephyr.log
expect 0 '"id":4,"size":64' sh -c "cat zephyr.log | '$heaplab' convert - - --to jsonl --heap 'heap 0x30' --from 3"
expect 0 'events 3 … 4 of standard input' timeout 20 sh -c "mkfifo rest; (cat zephyr.log; cat rest) | ('$heaplab' convert - - --to jsonl --from 3 --to 4 && echo >rest)"

# record
expect 0 'events' "$heaplab" record -o rec.jsonl -- /bin/ls /
expect 0 'served' "$heaplab" replay rec.jsonl -p tlsf
expect 2 'Try' "$heaplab" record -o rec2.jsonl
expect 3 'no-such-program' "$heaplab" record -o rec2.jsonl -- ./no-such-program

# what is printed of little: no "nan", no "-0", one is not several, no blanks at the end of a line
head -1 small.jsonl >none.jsonl
{ cat none.jsonl; echo '{"op":"alloc","id":1,"size":9007199254740991}'; } >huge.jsonl
{ cat none.jsonl; echo '{"op":"alloc","id":1,"size":62}'; } >one.jsonl
expect 0 '^first_fit needs the least: 32 B, and never visits' "$heaplab" compare none.jsonl -p first_fit,tlsf
expect 0 'index 0.0000 = ' "$heaplab" replay huge.jsonl
expect 0 '1 request failed, at event 1: .* in 1 block, ' "$heaplab" replay huge.jsonl
expect 0 'internal fragmentation +0.0313 .*B - P' "$heaplab" replay one.jsonl -p pool:block=64
expect 0 '"internal_fragmentation_at_peak":.0.0313' "$heaplab" replay one.jsonl -p pool:block=64 --json
expect 0 '^  overhead at peak +[0-9]+ B      header [0-9]+, padding' "$heaplab" replay small.jsonl
expect 0 '^0$' sh -c "'$heaplab' replay small.jsonl | grep -c ' \$' || true"

expect 2 "^heaplab replay: unrecognized option '--bogus'\$" "$heaplab" replay small.jsonl --bogus
expect 2 "^Try 'heaplab minheap --help'" "$heaplab" minheap small.jsonl --samples
# captions of one line to three stand at the bottom, beside 'policy'
expect 0 '^policy +B +served +events$' "$heaplab" compare small.jsonl -p first_fit --metrics min_heap_bytes,recorded_failures_served,events

expect 0 '^policy +/ peak +failures$' "$heaplab" compare small.jsonl small.jsonl -p first_fit
expect 0 '^[|] first_fit [|] [0-9.]+ [|] 0 [|]$' "$heaplab" compare small.jsonl small.jsonl -p first_fit --markdown

printf '%d checks, %d failed\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
