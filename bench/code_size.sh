#!/bin/sh
# code_size.sh [CPU]: bytes of text that each policy costs a program on a Cortex-M (m3), at -Os with --gc-sections: what the program
# has with it, less what it has without it. Columns: malloc and free (with heap_init); also realloc and aligned_alloc; the control
# bytes that a heap of 8 and of 64 KiB gives to the policy. The image header and the byte counts are left out, as a board may.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cpu=cortex-${1:-m3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v arm-none-eabi-gcc > /dev/null || { echo "code_size.sh: arm-none-eabi-gcc is missing" >&2; exit 1; }

cat > "$work/program.c" <<'PROGRAM'
#include <heap/heap.h>
static unsigned char memory[8192];
static struct heap heap;
void *volatile block;
volatile unsigned bytes;
void _start(void);
void _start(void)
{
    __builtin_memset(memory, 1, bytes); /* the library's mem* are no policy's cost */
    __builtin_memcpy(memory, memory + 4096, bytes);
    __builtin_memmove(memory, memory + 1, bytes);
#ifdef WITH_HEAP
    (void)heap_init(&heap, NULL, memory, sizeof memory);
    block = heap_malloc(&heap, 10);
    (void)heap_free(&heap, block);
#endif
#ifdef WITH_REALLOC
    block = heap_realloc(&heap, block, 20);
    block = heap_aligned_alloc(&heap, 32, 20);
#endif
    (void)heap;
    for (;;) {
    }
}
PROGRAM

cat > "$work/control.c" <<'PROGRAM'
#include <heap/heap.h>
#include <heap/policy.h>
#include <stdio.h>
static _Alignas(4096) unsigned char memory[65536], state[8192];
static bool add(void *ctx, const struct heap_span *span)
{
    *(unsigned *)ctx += span->kind == HEAP_CONTROL ? span->size : 0;
    return true;
}
int main(void)
{
    for (size_t p = 0; p < heap_policy_count; p++) {
        printf("%s", heap_policies[p]->name);
        for (size_t bytes = 8192; bytes <= 65536; bytes *= 8) {
            struct heap heap;
            const struct heap_config config = {.policy = heap_policies[p], .state = state};
            unsigned control = heap_policies[p]->state_bytes;
            if (heap_init(&heap, &config, memory, bytes) != HEAP_OK) {
                printf(" -"); /* not in so little memory */
                continue;
            }
            if (heap_walk(&heap, add, &control) != HEAP_OK) {
                return 1;
            }
            printf(" %u", control);
            if (heap_policies[p]->inspect->end != NULL) {
                heap_policies[p]->inspect->end(&heap);
            }
        }
        printf("\n");
    }
}
PROGRAM

core=$(echo "$root"/libheap/src/*.c)
include="-I$root/libheap/include -I$root/libheap/src"

# text_of POLICY DEFINE...: the size of the linked program's text
text_of() {
    policy=$1
    shift
    sources="$core $(echo "$root"/libheap/*/"$policy".c)"
    # shellcheck disable=SC2086
    arm-none-eabi-gcc -std=c11 -ffreestanding -mthumb -mcpu="$cpu" -Os -ffunction-sections -fdata-sections -Wl,--gc-sections -nostartfiles \
        -DHEAP_ONE_POLICY="$policy" -DHEAP_LAB=0 -DHEAP_MAX_REGIONS=1 -DHEAP_IMAGE_HEADER=0 -DHEAP_COUNT_BYTES=0 "$@" $include \
        "$work/program.c" $sources -o "$work/program.elf"
    arm-none-eabi-size "$work/program.elf" | awk 'NR == 2 { print $1 }'
}

declarations=
entries=
for file in "$root"/libheap/policies/*.c "$root"/libheap/replicas/*.c; do
    name=$(basename "$file" .c)
    declarations="$declarations extern const struct heap_policy heap_policy_$name;"
    entries="$entries \\&heap_policy_$name,"
done
sed -e "s|@declarations@|$declarations|" -e "s|@entries@|$entries|" "$root/libheap/src/registry.c.in" > "$work/registry.c"
# shellcheck disable=SC2086
cc -std=c11 -DHEAP_LAB=1 $include "$work/control.c" "$root"/libheap/src/*.c "$root"/libheap/policies/*.c "$root"/libheap/replicas/*.c "$work/registry.c" -o "$work/control"
"$work/control" > "$work/control.txt"

printf '%-22s %12s %20s %14s %14s\n' "$cpu, -Os" 'malloc+free' '+realloc, aligned' 'control 8 KiB' 'control 64 KiB'
while read -r name small large; do
    without=$(text_of "$name")
    basic=$(text_of "$name" -DWITH_HEAP)
    whole=$(text_of "$name" -DWITH_HEAP -DWITH_REALLOC)
    printf '%-22s %12d %20d %14s %14s\n' "$name" $((basic - without)) $((whole - without)) "$small" "$large"
done < "$work/control.txt"
