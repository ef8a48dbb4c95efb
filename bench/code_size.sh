#!/usr/bin/env bash
# Bytes of code and constants that a heap adds to a Cortex-M3 program: -Os, one policy called directly, unused sections dropped,
# basic checks, byte counters and the image header on (config.h's defaults). The difference to the same program without a heap.
#
#     bench/code_size.sh BUILD      BUILD: where firmware/mps2-an385/bin is
set -eu
apps=${1:?"usage: bench/code_size.sh BUILD"}/firmware/mps2-an385/bin
[ -e "$apps/size-none-Os.elf" ] || { echo "the firmware is not built: cmake --build --preset release"; exit 1; }
text_of() { arm-none-eabi-size "$1" | awk 'NR == 2 { print $1 }'; }
none=$(text_of "$apps/size-none-Os.elf")
printf '%-14s %22s %32s\n' policy 'init, malloc, free: B' 'with realloc and calloc: B'
for app in "$apps"/size-*-Os-full.elf; do
  policy=$(basename "$app" -Os-full.elf)
  policy=${policy#size-}
  printf '%-14s %22d %32d\n' "$policy" $(($(text_of "$apps/size-$policy-Os.elf") - none)) $(($(text_of "$app") - none))
done
