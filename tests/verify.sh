#!/usr/bin/env bash
# Every replica places every block where its original did. Usage: verify.sh BIN_FOLDER [FOLDER of more vectors: their subfolders c and rust]
# With a second argument that is no folder there is nothing to do: exit 77, which ctest takes for a skip.
set -u
heaplab=$1/heaplab
here=$(cd "$(dirname "$0")" && pwd)
folder=${2:-$here/vectors}
if [ ! -d "$folder" ]; then
  echo "skipped: there is no folder $folder"
  exit 77
fi
failures=0 files=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for part in "$folder"/c "$folder"/rust "$folder"/rust/scripts; do
  list=()
  for file in "$part"/*.json "$part"/*.json.gz; do
    case "$file" in *'*'* | *.w64.json | *.w64.json.gz) continue ;; esac # 64-bit originals
    list+=("$file")
  done
  [ ${#list[@]} -gt 0 ] || continue
  files=$((files + ${#list[@]}))
  if ! "$heaplab" verify --trace "$folder/$(basename "${part%/scripts}")/traces" "${list[@]}" >"$work/out" 2>&1; then
    grep -vE '([0-9]+) of \1 [a-z ]+ agree(, ([0-9]+) of \3 statistics agree)? \(' "$work/out" | sed 's/^/  | /' | head -60
    failures=$((failures + 1))
  fi
  printf '%s: %s\n' "$part" "$(tail -1 "$work/out")"
done

# Without a folder of one's own to check: is every replica that claims fidelity covered?
if [ $# -lt 2 ]; then
  for key in $("$heaplab" policies --json | sed -n 's/.*"vectors":.*\[\(.*\)\].*/\1/p' | tr -d '",'); do
    count=$(ls "$here"/vectors/*/"$key".*.json.gz 2>/dev/null | wc -l)
    if [ "$count" -lt 2 ] && [ "$key" != waiters ]; then
      echo "FAILED: $count vectors named $key: at least two are wanted"
      failures=$((failures + 1))
    fi
  done
fi
printf '%d files\n' "$files"
[ "$failures" -eq 0 ] && [ "$files" -gt 0 ]
