#!/usr/bin/env bash
# The commands as a user types them: results, messages, exit codes. Usage: cli.sh BIN_FOLDER
set -u
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0 checks=0

# expect CODE PATTERN COMMAND…: the exit code, and a line of stdout or stderr that matches (extended regular expression; . for any)
expect() {
  local code=$1 pattern=$2 output got
  shift 2
  output=$("$@" 2>&1 </dev/null)
  got=$?
  checks=$((checks + 1))
  if [ "$got" -ne "$code" ] || ! grep -qE -- "$pattern" <<<"$output"; then
    printf 'FAILED: %s\n  exit code %d, expected %d; expected a line like: %s\n%s\n' "$*" "$got" "$code" "$pattern" "$(head -5 <<<"$output" | sed 's/^/  | /')"
    failures=$((failures + 1))
  fi
}

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
for command in replay compare minheap convert policies record board; do
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

# compare, minheap, policies
expect 0 'needs the least' "$heaplab" compare small.jsonl -p all
expect 0 '^\| first_fit \| [0-9]+ \|' "$heaplab" compare small.jsonl -p first_fit --markdown
expect 0 '^"small.jsonl",[0-9]+,first_fit,[0-9]+,' "$heaplab" compare small.jsonl -p first_fit --csv
expect 0 '"min_heap_ratio"' "$heaplab" compare small.jsonl -p first_fit,best_fit:align=4 --json
expect 0 'margin of 4096 B' "$heaplab" minheap small.jsonl -p first_fit -s 4K
expect 0 'no heap' "$heaplab" minheap small.jsonl -p pool
bytes=$("$heaplab" minheap small.jsonl -p first_fit --json | sed -n 's/.*"min_heap_bytes":[^0-9]*\([0-9]*\).*/\1/p')
expect 0 '' "$heaplab" replay small.jsonl -p first_fit -s "$bytes" --strict --digest
expect 1 '' "$heaplab" replay small.jsonl -p first_fit -s "$((bytes - 8))" --strict --digest
expect 0 'two bitmaps' "$heaplab" policies tlsf
expect 0 '"traits"' "$heaplab" policies --json

# record
expect 0 'events' "$heaplab" record -o rec.jsonl -- /bin/ls /
expect 0 'served' "$heaplab" replay rec.jsonl -p tlsf
expect 2 'Try' "$heaplab" record -o rec2.jsonl
expect 3 'no-such-program' "$heaplab" record -o rec2.jsonl -- ./no-such-program

printf '%d checks, %d failed\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
