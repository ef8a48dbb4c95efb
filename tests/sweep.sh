#!/usr/bin/env bash
# heaplab sweep as a user runs it: messages and exit codes, kills at any moment, signals, full disks, shards, and the script for GNU parallel.
# Usage: sweep.sh BIN_FOLDER
set -u
. "$(dirname "$0")/expect.sh"
heaplab=$(cd "$1" && pwd)/heaplab
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

mkdir plans "plans/the traces"
cp "$root"/traces/corpus/{m4,pigz,bc}.jsonl.gz "plans/the traces"
cat >plans/plan.json <<'PLAN'
{"traces": ["the traces/*.gz"], "policies": ["first_fit", "tlsf", "freertos_heap_4"], "parameters": {"tlsf": {"sl": [8, 16]}},
 "sizes": ["1.1x", {"from": "16K", "to": "1M", "steps": 4}], "metrics": ["failures", "external_fragmentation"]}
PLAN
plan=plans/plan.json

# usage
expect 0 '^example: ' "$heaplab" sweep --help
expect 2 'no plan and no traces' "$heaplab" sweep
expect 2 'no file for the results' "$heaplab" sweep $plan
expect 2 'K/N with 1 <= K <= N' "$heaplab" sweep $plan -o r.jsonl --shard 3/2
expect 2 'K/N' "$heaplab" sweep $plan -o r.jsonl --shard 0/2
expect 2 'expected slurm or parallel' "$heaplab" sweep $plan --emit pbs -n 2
expect 2 'how many shards' "$heaplab" sweep $plan --emit slurm
expect 2 'only with --emit' "$heaplab" sweep $plan -n 2 -o r.jsonl
expect 2 'only with --merge' "$heaplab" sweep $plan --partial -o r.jsonl
expect 2 'unknown policy' "$heaplab" sweep "plans/the traces/m4.jsonl.gz" -p tslf -o r.jsonl
expect 2 'found a trace, expected a plan; for traces say which policies' "$heaplab" sweep "plans/the traces/m4.jsonl.gz" -o r.jsonl
expect 2 'expected files' "$heaplab" sweep - -p tlsf -o r.jsonl
expect 3 'no-plan.json: cannot read the plan: No such file' "$heaplab" sweep no-plan.json -o r.jsonl
echo '{"traces": ["x.jsonl"], "policies": ["tlsf"]}' >none.json
expect 3 'x.jsonl: cannot open' "$heaplab" sweep none.json -o r.jsonl
expect 4 'cannot write no/such/folder/r.jsonl' "$heaplab" sweep $plan -o no/such/folder/r.jsonl
expect 3 'no regular file' "$heaplab" sweep $plan -o /dev/null
[ ! -e r.jsonl ] || { echo 'FAILED: a refused sweep left a file'; failures=$((failures + 1)); }

# one sweep, uninterrupted
expect 0 '^60 points: 3 traces, 4 policies, 5 sizes$' "$heaplab" sweep $plan --dry-run
expect 0 '^[0-9a-f]{16}  the traces/bc.jsonl.gz  tlsf:sl=16  1.1x = [0-9]+$' "$heaplab" sweep $plan --dry-run
expect 0 '^the traces/bc.jsonl.gz +tlsf:sl=16 +65536 +0 ' "$heaplab" sweep $plan -o whole.jsonl --csv whole.csv
expect 0 '^trace,policy,size,error,failures,external_fragmentation_max$' head -1 whole.csv
[ "$(wc -l <whole.csv)" -eq 61 ] && [ "$(wc -l <whole.jsonl)" -eq 61 ] || { echo 'FAILED: 60 rows expected'; failures=$((failures + 1)); }
expect 0 '60 points are there already, 0 to do' "$heaplab" sweep $plan -o whole.jsonl --no-table
expect 0 '^\| the traces/m4.jsonl.gz \| first_fit \| 1.1x \| 0 \|' "$heaplab" sweep --merge whole.jsonl --markdown --metric failures
expect 0 '^\{"key":.*"policy":"first_fit","size":"1.1x","error":null,"heap_bytes":[0-9]+,.*\},$' "$heaplab" sweep --merge whole.jsonl --json
expect 0 '^the traces/m4.jsonl.gz,first_fit,1.1x,,' "$heaplab" sweep --merge whole.jsonl --csv -
expect 0 '^ +internal +external +external' "$heaplab" sweep --merge whole.jsonl
expect 3 "these are another sweep's results: traces: found .*bc.jsonl.gz.*, expected .*m4.jsonl.gz" "$heaplab" sweep "plans/the traces/m4.jsonl.gz" -p tlsf -o whole.jsonl

# without a plan, and the same numbers as replay's
cp "plans/the traces/m4.jsonl.gz" .
expect 0 '^m4.jsonl.gz +tlsf +min ' "$heaplab" sweep m4.jsonl.gz -p tlsf,buddy -s 64K,min --min-heap -o options.jsonl
"$heaplab" replay m4.jsonl.gz -p tlsf -s 64K --json >replay.json
for name in failures external_fragmentation_mean free_blocks steps_max; do
  value=$(sed -n "s/.*\"$name\":[[:space:]]*\([0-9.]*\).*/\1/p" replay.json)
  expect 0 "\"policy\":\"tlsf\",\"size\":\"65536\",.*\"$name\":${value}0*," cat options.jsonl
done
digest=$("$heaplab" replay m4.jsonl.gz -p tlsf -s 64K --digest)
expect 0 "\"policy\":\"tlsf\",\"size\":\"65536\",.*\"digest\":\"$digest\"" cat options.jsonl

# killed at any moment, again and again: in the end the same bytes
cat >plans/kill.json <<'PLAN'
{"traces": ["the traces/m4*", "the traces/bc*"], "policies": ["first_fit", "best_fit", "tlsf", "buddy", "freertos_heap_4"], "min_heap": true,
 "sizes": ["min", {"from": "32K", "to": "1M", "steps": 11}]}
PLAN
"$heaplab" sweep plans/kill.json -o unkilled.jsonl --no-table
for round in 1 2 3; do
  rm -f killed.jsonl
  kills=0
  { for i in $(seq 1 300); do
    timeout -s KILL "0.$(printf '%03d' $((15 + i * round * 37 % 53 + i / 2)))" "$heaplab" sweep plans/kill.json -o killed.jsonl --no-table --threads $round >/dev/null &&
      break
    kills=$((kills + 1))
  done; } 2>/dev/null
  echo "round $round: killed $kills times"
  expect 0 '' cmp killed.jsonl unkilled.jsonl
done
for cut in 1 100 2000 5000; do # what a torn write leaves
  head -c -$cut whole.jsonl >cut.jsonl
  expect 0 'a torn last line of [0-9]+ bytes is dropped|points are there already' "$heaplab" sweep $plan -o cut.jsonl --no-table
  expect 0 '' cmp cut.jsonl whole.jsonl
done
sed '7s/"failures":/"failures":1/' whole.jsonl >edited.jsonl
expect 3 'edited.jsonl:7: found a damaged line, .*--repair' "$heaplab" sweep $plan -o edited.jsonl
expect 3 'edited.jsonl:7: found a damaged line' "$heaplab" sweep --merge edited.jsonl
expect 0 '1 damaged lines are dropped' "$heaplab" sweep $plan -o edited.jsonl --repair --no-table
expect 0 '' cmp edited.jsonl whole.jsonl
expect 3 'found something else than a sweep.s results' "$heaplab" sweep $plan -o replay.json
expect 0 '' "$heaplab" sweep $plan -o replay.json --force --no-table
expect 0 '' cmp replay.json whole.jsonl

# signals: what is done is kept, the message says how to go on, and the process ends by the signal, whatever its threads are doing
cat >endless.json <<'PLAN'
{"traces": ["plans/the traces/bc.jsonl.gz"], "policies": ["all"], "safe_heap": true, "sizes": [{"from": "64K", "to": "128K", "steps": 1000}]}
PLAN
for signal in INT TERM; do
  rm -f endless.jsonl
  env --default-signal=INT "$heaplab" sweep endless.json -o endless.jsonl 2>message &
  pid=$!
  until [ "$(cat endless.jsonl 2>/dev/null | wc -l)" -gt 2 ]; do sleep 0.05; done
  kill -$signal $pid && kill -$signal $pid
  { wait $pid; } 2>/dev/null
  got=$?
  checks=$((checks + 1))
  if [ $got -ne $((128 + $(kill -l $signal))) ]; then echo "FAILED: ended with $got after SIG$signal"; failures=$((failures + 1)); fi
  expect 0 'interrupted; endless.jsonl has [0-9]+ of [0-9]+ points; the same command goes on' cat message
done
expect 4 'another sweep is writing it' sh -c "exec 9>>endless.jsonl; flock 9; '$heaplab' sweep endless.json -o endless.jsonl"

# a disk that is full
(ulimit -f 40; expect 4 'cannot write .*full.jsonl: File too large; what is there stays valid' "$heaplab" sweep $plan -o full.jsonl --no-table; exit $failures)
failures=$?
expect 0 'points are there already' "$heaplab" sweep $plan -o full.jsonl --no-table
expect 0 '' cmp full.jsonl whole.jsonl
mkdir small
if mount -t tmpfs -o size=64k none small 2>/dev/null; then
  expect 4 'cannot write .*small/r.jsonl: No space left on device' "$heaplab" sweep $plan -o small/r.jsonl --no-table
  cp small/r.jsonl rescued.jsonl
  umount small
  expect 0 'points are there already' "$heaplab" sweep $plan -o rescued.jsonl --no-table
  expect 0 '' cmp rescued.jsonl whole.jsonl
else
  echo 'note: no tmpfs can be mounted here; the full disk was tried by a limit of the file size only'
fi
[ ! -e full.jsonl.tmp ] && [ ! -e rescued.jsonl.tmp ] || { echo 'FAILED: a temporary file is left'; failures=$((failures + 1)); }

# shards run apart, merged: byte by byte
for shards in 1 2 5; do
  files=()
  for shard in $(seq $shards); do
    "$heaplab" sweep $plan --shard "$shard/$shards" -o "s$shards.$shard.jsonl" --no-table 2>/dev/null || { echo "FAILED: shard $shard/$shards"; failures=$((failures + 1)); }
    files+=("s$shards.$shard.jsonl")
  done
  expect 0 '' "$heaplab" sweep --merge "${files[@]}" -o merged.jsonl --csv merged.csv --no-table --metric failures,external_fragmentation
  expect 0 '' cmp merged.jsonl whole.jsonl
  expect 0 '' cmp merged.csv whole.csv
done
rm -f merged.jsonl
expect 1 'of 60 points are missing: .*--partial' "$heaplab" sweep --merge s5.1.jsonl s5.2.jsonl s5.3.jsonl s5.4.jsonl -o merged.jsonl
[ ! -e merged.jsonl ] || { echo 'FAILED: an incomplete merge left a file'; failures=$((failures + 1)); }
expect 0 'of 60 points are missing: ' "$heaplab" sweep --merge s5.1.jsonl s5.2.jsonl -o part.jsonl --partial
expect 0 'points are there already' "$heaplab" sweep $plan -o part.jsonl --no-table
expect 0 '' cmp part.jsonl whole.jsonl
expect 3 "another sweep's results" "$heaplab" sweep --merge whole.jsonl options.jsonl

# the scripts, with names that need quoting
odd="it's \$HOME {} 100%.jsonl"
for kind in slurm parallel; do
  "$heaplab" sweep $plan --emit $kind -n 3 -o "$odd" >$kind.sh || { echo "FAILED: --emit $kind"; failures=$((failures + 1)); }
  expect 0 '' sh -n $kind.sh
  expect 0 '' bash -n $kind.sh
done
if ! command -v parallel >/dev/null; then
  echo 'note: GNU parallel is not installed; a stand-in runs the emitted line'
  mkdir stand-in
  cat >stand-in/parallel <<'STAND_IN'
#!/bin/sh
while [ "${1#--}" != "$1" ]; do
  case $1 in --jobs | --halt | --env) shift ;; esac
  shift
done
command=$1
shift 2
for value in "$@"; do
  sh -c "$(printf '%s\n' "$command" | sed "s/{}/$value/g")" || exit 1
done
STAND_IN
  chmod +x stand-in/parallel
  PATH=$PATH:$work/stand-in
fi
expect 0 '' sh parallel.sh
expect 0 '' cmp "$odd" whole.jsonl
expect 0 '' cmp "${odd%.jsonl}.csv" whole.csv

# docs/SWEEP.md shows the scripts as they are emitted
awk '/^```json sweep.json$/ {on = 1; next} /^```/ {on = 0} on' "$root/docs/SWEEP.md" >sweep.json
ln -s "$root/traces" traces
for kind in slurm parallel; do
  awk -v start="^\`\`\`text $kind\$" '$0 ~ start {on = 1; next} /^```/ {on = 0} on' "$root/docs/SWEEP.md" >documented.sh
  "$heaplab" sweep sweep.json --emit $kind -n 4 -o results.jsonl |
    sed "s|^heaplab=.*|heaplab='/opt/heaplab/bin/heaplab'|; s|^plan=.*|plan='/work/sweep.json'|; s|^results=.*|results='/work/results'|" >emitted.sh
  expect 0 '' cmp documented.sh emitted.sh
done

echo "$checks checks, $failures failed"
[ "$failures" -eq 0 ]
