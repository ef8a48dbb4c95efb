#!/usr/bin/env bash
# A sweep as Slurm's array job, by the script that `heaplab sweep --emit slurm` prints, on a Slurm of one node that this test starts (munge,
# slurmctld, slurmd, all in a folder of its own): its merged result equals the unsharded one. Usage: sweep_slurm.sh BIN_FOLDER
# Where Slurm is not installed or cannot start here, exit 77, which ctest takes for a skip.
set -u
heaplab=$(cd "$1" && pwd)/heaplab
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d /tmp/heaplab-slurm.XXXXXX)
started=()
finish() {
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do kill "${started[i]}" 2>/dev/null; done
  for pid in ${started[@]+"${started[@]}"}; do wait "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap finish EXIT
skip() {
  echo "skipped: $1"
  [ $# -lt 2 ] || { echo "the end of $2:"; tail -5 "$2"; }
  exit 77
}

for program in munged mungekey slurmctld slurmd sbatch sinfo squeue scancel; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || skip "Slurm is not installed: there is no $program"
done
[ "$(id -u)" -eq 0 ] || skip "Slurm cannot start: its daemons need root"
PATH=$PATH:/usr/sbin
chmod 755 "$work"
mkdir "$work/state" "$work/spool" "$work/munge"
port=$((20000 + $$ % 20000))

# ---- one node ----
mungekey --create --keyfile="$work/munge/key" 2>/dev/null || skip "munge cannot make a key"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" --log-file="$work/munge/log" \
  --seed-file="$work/munge/seed" >"$work/munged.log" 2>&1 &
started+=($!)
cat >"$work/slurm.conf" <<CONF
ClusterName=heaplab
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=2 RealMemory=256 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$work/slurm.conf
for _ in $(seq 50); do [ -S "$work/munge/socket" ] && break; sleep 0.1; done
[ -S "$work/munge/socket" ] || skip "Slurm cannot start: munged has no socket" "$work/munged.log"
slurmctld -D >"$work/slurmctld.out" 2>&1 &
started+=($!)
slurmd -D >"$work/slurmd.out" 2>&1 &
started+=($!)
for _ in $(seq 100); do
  state=$(timeout 5 sinfo -h -o %T 2>/dev/null)
  [ "$state" = idle ] && break
  sleep 0.2
done
[ "${state:-}" = idle ] || skip "Slurm cannot start here: the node is '${state:-unknown}'" "$work/slurmd.out"

# ---- the sweep ----
cd "$work" || exit 1
mkdir "traces of 'today'"
cp "$root"/traces/corpus/{m4,pigz,bc}.jsonl.gz "traces of 'today'"
cat >"the plan.json" <<'PLAN'
{"traces": ["traces of 'today'/*.gz"], "policies": ["first_fit", "best_fit", "tlsf"], "parameters": {"tlsf": {"sl": [8, 16]}}, "sizes": ["1.1x", "min", "2x"]}
PLAN
"$heaplab" sweep "the plan.json" -o direct.jsonl --csv direct.csv --no-table || exit 1
"$heaplab" sweep "the plan.json" --emit slurm -n 4 -o "it's merged.jsonl" >submit.sh || exit 1
sh submit.sh || { echo "FAILED: the emitted script"; exit 1; }
for _ in $(seq 300); do
  left=$(squeue -h -o '%i %T %r' 2>/dev/null)
  [ -z "$left" ] && break
  sleep 0.2
done
[ -z "$left" ] || { echo "FAILED: jobs are left: $left"; tail -20 "$work"/slurm*.out; exit 1; }
for shard in 1 2 3 4; do
  [ -s "it's merged.$shard.jsonl" ] || { echo "FAILED: shard $shard left no results"; exit 1; }
done
cmp direct.jsonl "it's merged.jsonl" && cmp direct.csv "it's merged.csv" || { echo "FAILED: the merged result differs from the unsharded one"; exit 1; }
echo "4 shards by Slurm $(sbatch --version | cut -d' ' -f2), merged by a dependent job: equal to the unsharded result"
