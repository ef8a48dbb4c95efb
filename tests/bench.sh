#!/usr/bin/env bash
# heaplab bench: that it measures what it says, in the form it says; never how fast anything is. Usage: bench.sh BIN_FOLDER
set -u
. "$(dirname "$0")/expect.sh"
bin=$(cd "$1" && pwd)
heaplab=$bin/heaplab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir tmp
export TMPDIR=$work/tmp

# same WHAT FOUND EXPECTED
same() {
  checks=$((checks + 1))
  [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

{
  echo '{"format": "heaplab-trace", "version": 1, "meta": {"name": "small"}}'
  for i in 1 2 3 4 5 6 7 8; do echo "{\"op\": \"alloc\", \"id\": $i, \"size\": $((i * 40))}"; done
  for i in 2 4 6; do echo "{\"op\": \"free\", \"id\": $i}"; done
  echo '{"op": "realloc", "id": 7, "size": 400}'
  echo '{"op": "calloc", "id": 9, "count": 3, "size": 100}'
  echo '{"op": "alloc", "id": 10, "size": 300, "align": 64}'
} >small.jsonl
head -1 small.jsonl >empty.jsonl
head -c 300 small.jsonl >cut.jsonl

# usage and input
expect 0 '^example: ' "$heaplab" bench --help
expect 2 'Try .heaplab' "$heaplab" bench --no-such-option
expect 2 "no figures are named 'speed'" "$heaplab" bench --only speed
expect 2 "no figures are named ''" "$heaplab" bench --only json,
expect 2 'expected a number from 1 to 100$' "$heaplab" bench --rounds 0
expect 2 'expected a number from 1 to 1000000000$' "$heaplab" bench --events many
expect 2 'expected a number from 0.001 to 1000$' "$heaplab" bench --gigabytes -1
expect 2 'expected a number from 0.001 to 1000$' "$heaplab" bench --gigabytes nan
expect 2 'exclude each other' "$heaplab" bench --json --markdown
expect 2 "unknown policy 'besst_fit'" "$heaplab" bench -p besst_fit
expect 2 'write it to a file' "$heaplab" bench -
expect 3 'nosuch' "$heaplab" bench nosuch.jsonl
expect 3 'cut.jsonl' "$heaplab" bench cut.jsonl
expect 3 'no events' "$heaplab" bench empty.jsonl

# the names are those of the rows; each alone gives its own rows, whatever else there is
names=$("$heaplab" bench --list | cut -d' ' -f1)
same 'the names' "$(tr '\n' ' ' <<<"$names")" 'json hlt stream replay seek questions sweep board '
for name in $names; do
  [ "$name" != board ] || continue
  groups=$("$heaplab" bench --quick --json --only "$name" small.jsonl 2>/dev/null |
    sed -n 's/^[[:space:]]*"group":[[:space:]]*"\(.*\)",$/\1/p' | sort -u)
  same "groups of --only $name" "$groups" "$name"
done

# all of it, made workload, as JSON: shape, and that every figure was measured
if command -v python3 >/dev/null; then
  "$heaplab" bench --quick --json >all.json 2>all.err || fail "bench --quick --json: exit code $?"
  cat >check.py <<'PYTHON'
import json, math, sys
bench = json.load(open(sys.argv[1]))
assert list(bench) == ['machine', 'heaplab', 'build', 'release', 'date', 'rounds', 'quick', 'rows'], list(bench)
assert list(bench['machine']) == ['cpu', 'cores', 'memory_gib', 'load_average', 'system', 'compiler'], bench['machine']
assert bench['quick'] is True and bench['rounds'] == 1
members = ['group', 'name', 'value', 'unit', 'peer', 'peer_value', 'ratio', 'goal_kind', 'goal', 'met', 'note', 'command']
seen = set()
for row in bench['rows']:
    assert list(row) == members, row
    seen.add(row['group'])
    if row['value'] is None:
        assert row['note'], row  # left out, and why
        assert row['met'] is None, row
        continue
    assert row['value'] > 0, row
    if row['peer_value'] is not None:
        assert row['peer'] and row['peer_value'] > 0, row
        assert math.isclose(row['ratio'], row['value'] / row['peer_value'], rel_tol=1e-4), row
    if row['goal_kind'] is None:
        assert row['goal'] is None and row['met'] is None, row
    else:
        met = {'at_least': row['value'] >= row['goal'], 'at_most': row['value'] <= row['goal'],
               'ratio_at_most': row['goal_kind'] == 'ratio_at_most' and row['ratio'] <= row['goal']}[row['goal_kind']]
        assert met == row['met'], row
    assert row['command'] == 'heaplab bench --only ' + row['group'] + ' --quick', row
assert seen == {'json', 'hlt', 'stream', 'replay', 'seek', 'questions', 'sweep'}, seen
def row(group, start):
    return next(row for row in bench['rows'] if row['group'] == group and row['name'].startswith(start))
goals = [(group, found['goal_kind'], found['goal']) for group, start in
         [('json', 'JSONL'), ('hlt', '.hlt reader'), ('stream', 'peak'), ('replay', 'tlsf, with all metrics'),
          ('replay', 'tlsf, with all metrics, 1 MiB'), ('seek', 'seek, 1 MiB heap, 99'), ('seek', 'seek, 64 MiB heap, 99')]
         for found in [row(group, start)]]
assert goals == [('json', 'at_least', 400), ('hlt', 'at_least', 100), ('stream', 'at_most', 64), ('replay', 'ratio_at_most', 1.5),
                 ('replay', 'at_least', 20), ('seek', 'at_most', 16), ('seek', 'at_most', 100)], goals
for group, start in [('json', 'JSONL'), ('hlt', '.hlt reader'), ('hlt', '.hlt file'), ('stream', 'peak'), ('replay', 'tlsf'), ('seek', 'seek'),
                     ('seek', 'keyframes'), ('questions', 'minheap'), ('questions', 'compare'), ('sweep', 'sweep')]:
    assert row(group, start)['value'] is not None, (group, start)
PYTHON
  checks=$((checks + 1))
  python3 check.py all.json || fail "the JSON form has another shape"
else
  echo "left out: the shape of --json (python3 is missing)"
fi

# policies, traces, forms
expect 0 '^   heaplab bench --only replay -p best_fit,tlsf:sl=16 --quick small.jsonl$' \
  "$heaplab" bench --quick --only replay -p best_fit -p tlsf:sl=16 small.jsonl
expect 0 '^   tlsf:sl=16, bare loop .* ns/event .* glibc malloc ' "$heaplab" bench --quick --only replay -p tlsf:sl=16 small.jsonl
expect 0 '^   JSONL events reader, 2 traces ' "$heaplab" bench --quick --only json small.jsonl small.jsonl
expect 0 '^   \.hlt file, small.jsonl .* <= 6 ' "$heaplab" bench --quick --only hlt small.jsonl
expect 0 '^   tlsf, bare loop .*' "$heaplab" bench --quick --only replay -p tlsf -s 2K small.jsonl
expect 0 '^   tlsf, with all metrics +left out ' "$heaplab" bench --quick --only replay -p tlsf -s 64 small.jsonl
expect 0 'tlsf refuses such a heap' "$heaplab" bench --quick --only replay -p tlsf -s 64 small.jsonl
expect 0 '^   seek, 128 KiB heap, 99th percentile ' "$heaplab" bench --quick --only seek --events 5000 -s 128K
expect 0 '^      .5000 events; the goal is one for 10 million.$' "$heaplab" bench --quick --only seek --events 5000 -s 128K
expect 0 'requests failed on bump' "$heaplab" bench --quick --only replay -p bump
expect 0 '^   minheap, 1 policies, small.jsonl +[0-9.]+ s ' "$heaplab" bench --quick --only questions -p tlsf ./small.jsonl
expect 0 '^\| .* \| `heaplab bench --only stream --gigabytes 0.002 --quick` \|$' "$heaplab" bench --quick --only stream --gigabytes 0.002 --markdown
expect 0 '^\| what \| value \| unit \| peer \| its value \| ratio \| goal \| met \| command \|$' \
  "$heaplab" bench --quick --only json --markdown small.jsonl
expect 0 'instructions' "$heaplab" bench --quick --only board -p tlsf small.jsonl # measured, or left out with a reason
cp small.jsonl "it's small.jsonl"
expect 0 "--only json --quick 'it'.''s small.jsonl'$" "$heaplab" bench --quick --only json "it's small.jsonl"
same 'temporary files left' "$(ls "$TMPDIR")" ''

printf 'bench: %d checks, %d failed\n' "$checks" "$failures"
[ "$failures" -eq 0 ]
