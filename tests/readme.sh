#!/usr/bin/env bash
# Runs every ```sh line of README.md (and of docs/*.md) in a folder of its own, with the build's commands on the PATH.
# Before that, ```json FILE blocks are written to those files. Left out: the lines that build the project itself. Usage: readme.sh BIN_FOLDER
set -u
bin=$1
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$root/traces" "$root/libheap" "$work"
cd "$work" || exit 1
awk '/^```c$/ {on = 1; next} /^```/ {on = 0} on' "$root/README.md" >firmware.c
awk '/^```json [^ ]+$/ {file = $2; next} /^```/ {file = ""} file != "" {print >file}' "$root"/README.md "$root"/docs/*.md
export PATH="$bin:$PATH"
unset DISPLAY WAYLAND_DISPLAY
count=0 failed=0
while IFS= read -r line; do
  case "$line" in
    ''|cmake*|./run*|'#'*) continue ;;
    *heaplab\ view*) [ -x "$bin/heaplab-view" ] || continue ;;
    *heaplab\ board*) command -v qemu-system-arm >/dev/null || continue ;;
    arm-none-eabi-gcc*) command -v arm-none-eabi-gcc >/dev/null || continue ;;
  esac
  count=$((count + 1))
  if ! output=$(bash -c "$line" 2>&1 </dev/null); then
    printf 'FAILED: %s\n%s\n' "$line" "$output"
    failed=$((failed + 1))
  fi
done < <(cat "$root"/README.md "$root"/docs/*.md | awk '/^```sh/ {on = 1; next} /^```/ {on = 0} on')
printf '%d lines of the documentation ran, %d failed\n' "$count" "$failed"
[ "$failed" -eq 0 ] && [ "$count" -ge 8 ]
