/* memory.c: the four functions that the compiler itself calls, in place of the C library's: those of newlib for ARMv7-M make
 * unaligned accesses, which are traps here, and figures must not depend on the library's version. A word at a time where both sides
 * are aligned, as payloads are; else a byte. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t __attribute__((may_alias)) memory_word;

static inline int is_aligned(const void *a, const void *b)
{
    return (((uintptr_t)a | (uintptr_t)b) & 3u) == 0;
}

/* Upwards; a piece is read before it is written, so the ranges may overlap where `out` is the lower. */
static inline void copy_up(uint8_t *out, const uint8_t *in, size_t bytes)
{
    if (is_aligned(out, in)) {
        for (; bytes >= 16; bytes -= 16, out += 16, in += 16) {
            const memory_word *words = (const void *)in;
            memory_word *copies = (void *)out;
            const uint32_t a = words[0], b = words[1], c = words[2], d = words[3];
            copies[0] = a;
            copies[1] = b;
            copies[2] = c;
            copies[3] = d;
        }
        for (; bytes >= 4; bytes -= 4, out += 4, in += 4) {
            *(memory_word *)(void *)out = *(const memory_word *)(const void *)in;
        }
    }
    while (bytes-- > 0) {
        *out++ = *in++;
    }
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    copy_up(to, from, bytes);
    return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if (out <= in || (size_t)(out - in) >= bytes) {
        copy_up(out, in, bytes);
        return to;
    }
    out += bytes;
    in += bytes;
    if (is_aligned(out, in)) {
        for (; bytes >= 4; bytes -= 4) {
            out -= 4;
            in -= 4;
            *(memory_word *)(void *)out = *(const memory_word *)(const void *)in;
        }
    }
    while (bytes-- > 0) {
        *--out = *--in;
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    uint8_t *out = to;
    if (is_aligned(to, to)) {
        const uint32_t word = (uint32_t)(uint8_t)value * 0x01010101u;
        for (; bytes >= 16; bytes -= 16, out += 16) {
            memory_word *words = (void *)out;
            words[0] = words[1] = words[2] = words[3] = word;
        }
        for (; bytes >= 4; bytes -= 4, out += 4) {
            *(memory_word *)(void *)out = word;
        }
    }
    while (bytes-- > 0) {
        *out++ = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t bytes)
{
    const uint8_t *a = left, *b = right;
    for (; bytes > 0; bytes--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}
