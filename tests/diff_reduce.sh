#!/usr/bin/env bash
# `heaplab reduce` and `heaplab diff` as a user types them: results, the command lines they print, exit codes. Usage: diff_reduce.sh BIN_FOLDER CORPUS
set -u
. "$(dirname "$0")/expect.sh"
bin=$1 corpus=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
heaplab=$bin/heaplab
export PATH="$bin:$PATH" # for the command lines that reduce prints

# The command line that the last reduce printed: it must exit with CODE.
shown() {
  local code=$1 file=$2 line got
  line=$(sed -n 's/^shown by: //p' "$file")
  checks=$((checks + 1))
  [ -n "$line" ] || { fail "$file names no command line"; return; }
  eval "$line" >/dev/null 2>&1
  got=$?
  [ "$got" -eq "$code" ] || fail "$line: exit code $got, expected $code"
}

{
  echo '{"format": "heaplab-trace", "version": 1, "meta": {"name": "small"}, "sites": ["a.c:1"]}'
  for i in 1 2 3 4 5 6 7 8; do echo "{\"op\": \"alloc\", \"id\": $((i * 10)), \"size\": $((i * 40)), \"site\": 0}"; done
  for i in 20 40 60; do echo "{\"op\": \"free\", \"id\": $i}"; done
  echo '{"op": "realloc", "id": 70, "size": 400}'
  echo '{"op": "mark", "name": "later"}'
  echo '{"op": "calloc", "id": 90, "size": 30, "count": 10, "align": 64}'
  echo '{"op": "free", "id": 0}'
} >small.jsonl

# ---- usage and bad input ----
for command in reduce diff; do
  expect 0 '^example: ' "$heaplab" $command --help
  expect 2 'Try .heaplab' "$heaplab" $command --no-such-option
  expect 2 "unknown policy 'besst_fit'" "$heaplab" $command small.jsonl -p besst_fit
  expect 2 'expected a heap size' "$heaplab" $command small.jsonl -s 12kb
  expect 2 'no trace given' "$heaplab" $command -p tlsf
done
expect 2 'no output given' "$heaplab" reduce small.jsonl
expect 2 'tells no encoding' "$heaplab" reduce small.jsonl -o out.txt
expect 2 'tells no encoding' "$heaplab" reduce small.jsonl -o -
expect 2 'one policy at a time' "$heaplab" reduce small.jsonl -p tlsf,buddy -o out.json
expect 2 'one of --fragmented, --failure, --divergence and --while' "$heaplab" reduce small.jsonl --failure --divergence buddy -o out.json
expect 2 'no metric is called' "$heaplab" reduce small.jsonl --while 'fragmentationn>1' -o out.json
expect 2 'expected NAME OP VALUE' "$heaplab" reduce small.jsonl --while 'failures' -o out.json
expect 2 'minheap' "$heaplab" reduce small.jsonl --while 'min_heap_bytes>1' -o out.json
expect 2 'expected seconds' "$heaplab" reduce small.jsonl --budget soon -o out.json
expect 2 'one trace at a time' "$heaplab" reduce small.jsonl small.jsonl -o out.json
expect 2 'refuses a heap' "$heaplab" reduce small.jsonl -s 64 -o out.json
expect 3 'nosuch' "$heaplab" reduce nosuch.jsonl -o out.json
expect 4 'nosuch' "$heaplab" reduce small.jsonl -s 1K -o nosuch/out.json
expect 2 'found 1' "$heaplab" diff small.jsonl -p tlsf
expect 2 'found 3 runs|found 3' "$heaplab" diff small.jsonl -p tlsf,buddy,first_fit
expect 2 'two traces take one policy' "$heaplab" diff small.jsonl small.jsonl -p tlsf,buddy
expect 2 'no metric is called' "$heaplab" diff small.jsonl small.jsonl --metrics nonsense
expect 2 'minheap' "$heaplab" diff small.jsonl small.jsonl --metrics min_heap_bytes
expect 2 'expected one policy' "$heaplab" diff small.jsonl -p tlsf --against first_fit,buddy
expect 3 'nosuch' "$heaplab" diff small.jsonl nosuch.jsonl

# ---- reduce: a condition that does not hold: said, with what was found; OUT is not touched ----
echo kept >kept.json
expect 1 'found: every one of 15 events is served' "$heaplab" reduce small.jsonl -p first_fit -s 64K -o kept.json
expect 1 'found: the same placements' "$heaplab" reduce small.jsonl -p first_fit -s 64K --divergence first_fit -o kept.json
expect 1 'failures>3: found failures 0' "$heaplab" reduce small.jsonl -p first_fit -s 64K --while 'failures>3' -o kept.json
[ "$(cat kept.json)" = kept ] || fail 'a reduction that did nothing touched its output'

# ---- reduce: each condition on recorded traces; the command line that it prints shows it ----
expect 0 'events' "$heaplab" reduce small.jsonl -p first_fit -s 1K -o out.json
printf '{"format":"heaplab-trace","version":1,"events":[{"op":"alloc","id":1,"size":700},{"op":"alloc","id":2,"size":700}]}' >two.json
"$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 43K -o failure.json >failure.txt || fail 'reduce'
expect 0 'a request fails though as many bytes are free, in smaller holes' cat failure.txt
expect 0 ' do not fit, with [0-9]+ B free in ([2-9]|[1-9][0-9]+) blocks' "$heaplab" replay failure.json -p first_fit -s 43K
expect 1 'no such failure in 2 events' "$heaplab" reduce two.json -p first_fit -s 1K --fragmented -o none.json
expect 0 'two.json: a request fails, with' "$heaplab" reduce two.json -p first_fit -s 1K -o full_up.json
"$heaplab" reduce "$corpus/hub.jsonl.gz" -p tlsf -s 48K --failure --keep-sizes -o kept_sizes.jsonl.gz >kept_sizes.txt || fail 'reduce --keep-sizes'
"$heaplab" reduce "$corpus/bc.jsonl.gz" -p first_fit --divergence best_fit -o parts.json >parts.txt || fail 'reduce --divergence'
"$heaplab" reduce "$corpus/bc.jsonl.gz" -p tlsf --divergence @32K -o sizes.hlt >sizes.txt || fail 'reduce --divergence @SIZE'
"$heaplab" reduce "$corpus/m4.jsonl.gz" -p freertos_heap_4 --divergence @base=0x20000004 -o base.json >base.txt || fail 'reduce --divergence @base='
"$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 64K --while 'external_fragmentation>0.6' --shrink-heap -o holes.json >holes.txt || fail 'reduce --while'
"$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 43K --while 'failures>0' --while 'free_bytes>4K' -o full.json >full.txt || fail 'reduce --while twice'
for name in failure kept_sizes parts sizes base; do shown 1 $name.txt; done
for name in holes full; do shown 0 $name.txt; done
for name in failure kept_sizes parts sizes base holes full; do
  grep -q '^1-minimal' $name.txt || fail "$name is not said to be minimal"
done
grep -q '"note":"a block is placed otherwise' parts.json || fail 'the note does not say the condition'
grep -q 'heaplab reduce .*bc.jsonl.gz -p first_fit --divergence best_fit' parts.json || fail 'the note does not say the command'
[ "$(grep -c '"op"' parts.json)" -le 20 ] || fail 'parts.json is long'

# the same every time
"$heaplab" reduce "$corpus/bc.jsonl.gz" -p first_fit --divergence best_fit -o parts2.json >parts2.txt
cmp -s <(sed 's/parts2/parts/g' parts2.json) parts.json || fail 'reducing twice gives two results'

# minimal by brute force: without any one event line of an allocation that has one event, it no longer shows
"$heaplab" convert holes.json holes.jsonl 2>/dev/null
heap=$(sed -n 's/^shown by: .* -s \([0-9]*\) .*/\1/p' holes.txt)
for id in $(grep -o '"id":[0-9]*' holes.jsonl | cut -d: -f2 | sort -un); do
  grep -v "\"id\":$id[,}]" holes.jsonl >less.jsonl
  expect 1 'external_fragmentation' "$heaplab" replay less.jsonl -p first_fit -s "$heap" --assert 'external_fragmentation>0.6'
done

# parts of a trace, a budget, JSON
expect 0 'of 500 events' "$heaplab" reduce "$corpus/bc.jsonl.gz" -p first_fit --divergence best_fit --to 500 -o range.json
expect 0 'ended before it was known to be minimal' "$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 43K --budget 5runs -o early.json
expect 1 'failed requests|fail' "$heaplab" replay early.json -p first_fit -s 43K --strict
expect 0 '"minimal":.*true' "$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 43K --json -o json.json
expect 0 '"command":.*heaplab replay json.json -p first_fit -s 44032 --strict' "$heaplab" reduce "$corpus/hub.jsonl.gz" -p first_fit -s 43K --json -o json.json

# an interrupt keeps the best so far (or comes too late: then it is minimal)
"$heaplab" reduce "$corpus/lua.jsonl.gz" -p first_fit -s 400K --failure --keep-sizes -o interrupted.json >interrupted.txt 2>&1 &
pid=$!
for _ in $(seq 600); do # until it has read its trace and begun: it handles the signal then
  grep -qs "^SigCgt:.*[2367abef]$" "/proc/$pid/status" && break
  [ -s interrupted.txt ] && break
  sleep 0.05
done
kill -INT $pid 2>/dev/null
wait $pid
[ $? -eq 0 ] || fail "an interrupted reduction failed: $(cat interrupted.txt)"
grep -q '^ended before\|^1-minimal' interrupted.txt || fail 'an interrupted reduction does not say what it kept'
shown 1 interrupted.txt

# ---- diff: no difference ----
"$heaplab" convert "$corpus/m4.jsonl.gz" m4.hlt 2>/dev/null
"$heaplab" convert "$corpus/m4.jsonl.gz" m4.jsonl 2>/dev/null
expect 0 '^no difference' "$heaplab" diff "$corpus/m4.jsonl.gz" "$corpus/m4.jsonl.gz"
expect 0 '^no difference' "$heaplab" diff "$corpus/m4.jsonl.gz" m4.hlt -p buddy
expect 0 '^no difference' "$heaplab" diff m4.hlt -p tlsf,tlsf -s 100K
expect 0 '^no difference' "$heaplab" diff m4.hlt -p first_fit --against @base=0x30000000
expect 0 '^failures  *0  *0' "$heaplab" diff m4.hlt m4.jsonl --all --metrics failures
sed -E 's/"id":([0-9]+)/"id":9\1/; s/,"site":[0-9]+//' m4.jsonl >other_ids.jsonl
expect 0 '^no difference' "$heaplab" diff m4.jsonl other_ids.jsonl

# ---- diff: a planted change is found, and the other way round it is the same one ----
line=$(grep -n '"op":"alloc"' m4.jsonl | sed -n 300p | cut -d: -f1)
sed "${line}s/\"size\":[0-9]*/\"size\":4321/" m4.jsonl >planted.jsonl
expect 1 "changed: event $((line - 1)), alloc of id [0-9]*, [0-9]* B -> event $((line - 1)), alloc of id [0-9]*, 4321 B" "$heaplab" diff m4.jsonl planted.jsonl
expect 1 "changed: event $((line - 1)), alloc of id [0-9]*, 4321 B -> event $((line - 1))" "$heaplab" diff planted.jsonl m4.jsonl
"$heaplab" diff m4.jsonl planted.jsonl --json >there.json
"$heaplab" diff planted.jsonl m4.jsonl --json >back.json
"$heaplab" diff m4.jsonl -p first_fit,best_fit --json >fits.json
"$heaplab" diff m4.jsonl -p best_fit,first_fit --json >fits_back.json
"$heaplab" replay m4.jsonl -p first_fit --offsets first.json >/dev/null
"$heaplab" replay m4.jsonl -p best_fit --offsets best.json >/dev/null
python3 - <<'EOF' || fail 'diff --json (above)'
import json

def load(name):
    return json.load(open(name))

for one, other in (("there.json", "back.json"), ("fits.json", "fits_back.json")):
    a, b = load(one), load(other)
    assert a["differs"] and b["differs"]
    assert a["a"] == b["b"] and a["b"] == b["a"], one
    assert a["placements_differing"] == b["placements_differing"] and a["placements_compared"] == b["placements_compared"], one
    if a["first_divergence"] is not None:
        assert a["first_divergence"]["a"] == b["first_divergence"]["b"], one
        assert a["first_divergence"]["event"] == b["first_divergence"]["event_b"], one
        assert a["first_divergence"]["before_a"] == b["first_divergence"]["before_b"], one
    assert a["metrics"].keys() == b["metrics"].keys(), one
    swapped = {"better": "worse", "worse": "better", None: None}
    for name, metric in a["metrics"].items():
        back = b["metrics"][name]
        assert metric["a"] == back["b"] and metric["b"] == back["a"] and swapped[metric["verdict"]] == back["verdict"], name
        assert metric["delta"] is None or abs(metric["delta"] + back["delta"]) < 1e-9, name
there = load("there.json")
assert there["events_changed"] == 1 and there["events_only_in_a"] == there["events_only_in_b"] == 0
assert there["first_differences"][0]["b"]["size"] == 4321

# against the placement vectors that replay writes
fits, first, best = load("fits.json"), load("first.json")["offsets"], load("best.json")["offsets"]
different = [i for i in range(len(first)) if first[i] != best[i]]
assert fits["placements_differing"] == len(different)
where = fits["first_divergence"]
assert (where is None) == (not different)
if different:
    assert where["event"] == different[0] + 1 and where["a"] == first[different[0]] and where["b"] == best[different[0]]
EOF
expect 1 'metric .*change' "$heaplab" diff "$corpus/bc.jsonl.gz" -p first_fit,best_fit
expect 1 'steps_mean .* worse$' "$heaplab" diff "$corpus/bc.jsonl.gz" -p first_fit,best_fit --metrics steps_mean
expect 1 '^b: .*bc.jsonl.gz, tlsf in 389120 B' "$heaplab" diff m4.hlt "$corpus/bc.jsonl.gz"
expect 1 'larger peak payload' "$heaplab" diff m4.hlt "$corpus/bc.jsonl.gz"
expect 1 'nowhere \(it failed\) in b' "$heaplab" diff small.jsonl -p bump -s 64K --against @1K

# ---- a trace is never reduced onto itself; the note tells the heap that the result needs; what agrees between changes is no change ----
cp small.jsonl kept.jsonl
expect 2 'is the trace itself' "$heaplab" reduce kept.jsonl -p first_fit -s 1K --failure -o ./kept.jsonl
cmp -s small.jsonl kept.jsonl || fail 'reduce onto itself changed the trace'
expect 0 'small.jsonl' "$heaplab" reduce small.jsonl -p first_fit -s 64K --while 'peak_live_blocks>=3' --shrink-heap -o shrunk.json
bytes=$(sed -n 's/^shown by: .* -s \([0-9]*\) .*/\1/p' <<<"$("$heaplab" reduce small.jsonl -p first_fit -s 64K --while 'peak_live_blocks>=3' --shrink-heap -o shrunk.json)")
expect 0 "\"note\":\"peak_live_blocks>=3, with first_fit in $bytes B; reduced from" cat shrunk.json
printf '20000 2 4 1\na 0 512\na 1 128\nf 0\nr 1 900\n' >a.rep
printf '20000 2 4 1\na 0 32\na 1 128\nr 0 512\nf 1\n' >b.rep
expect 1 '^events: 1 the same, 3 changed, 0 only in a, 0 only in b' "$heaplab" diff a.rep b.rep -p tlsf

echo "$checks checks, $failures failures"
[ $failures -eq 0 ]
