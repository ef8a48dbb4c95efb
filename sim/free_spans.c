/* free_spans.c: see free_spans.h. */
#include "free_spans.h"

#include <stdlib.h>
#include <string.h>

bool free_spans_init(struct free_spans *spans, uint32_t arena_bytes)
{
    memset(spans, 0, sizeof *spans);
    spans->slots = arena_bytes / 4 + 1;
    spans->counts = calloc(spans->slots, sizeof *spans->counts);
    bool ok = spans->counts != NULL;
    size_t words = spans->slots;
    do {
        words = (words + 63) / 64;
        uint64_t *level = calloc(words, sizeof *level);
        spans->bits[spans->levels++] = level;
        ok = ok && level != NULL;
    } while (words > 1 && spans->levels < FREE_SPANS_LEVELS);
    if (!ok) {
        free_spans_end(spans);
    }
    return ok;
}

void free_spans_end(struct free_spans *spans)
{
    free(spans->counts);
    for (uint32_t i = 0; i < spans->levels; i++) {
        free(spans->bits[i]);
    }
    memset(spans, 0, sizeof *spans);
}

static void mark(struct free_spans *spans, uint32_t slot)
{
    for (uint32_t i = 0; i < spans->levels; i++) {
        uint64_t *word = &spans->bits[i][slot / 64];
        const bool known = *word != 0;
        *word |= UINT64_C(1) << (slot % 64);
        if (known) {
            return; /* the levels above know of this word */
        }
        slot /= 64;
    }
}

static void unmark(struct free_spans *spans, uint32_t slot)
{
    for (uint32_t i = 0; i < spans->levels; i++) {
        uint64_t *word = &spans->bits[i][slot / 64];
        *word &= ~(UINT64_C(1) << (slot % 64));
        if (*word != 0) {
            return;
        }
        slot /= 64;
    }
}

/* The largest slot in use; spans->count != 0. */
static uint32_t highest(const struct free_spans *spans)
{
    uint32_t slot = 0;
    for (uint32_t i = spans->levels; i-- > 0;) {
        slot = slot * 64 + 63 - (uint32_t)__builtin_clzll(spans->bits[i][slot]);
    }
    return slot;
}

void free_spans_add(struct free_spans *spans, uint32_t bytes)
{
    if (spans->counts[bytes / 4]++ == 0) {
        mark(spans, bytes / 4);
    }
    spans->count++;
    spans->bytes += bytes;
    spans->squares += (uint64_t)bytes * bytes;
    spans->largest = bytes > spans->largest ? bytes : spans->largest;
}

void free_spans_remove(struct free_spans *spans, uint32_t bytes)
{
    spans->count--;
    spans->bytes -= bytes;
    spans->squares -= (uint64_t)bytes * bytes;
    if (--spans->counts[bytes / 4] == 0) {
        unmark(spans, bytes / 4);
        if (bytes == spans->largest) {
            spans->largest = spans->count == 0 ? 0 : highest(spans) * 4;
        }
    }
}

void free_spans_clear(struct free_spans *spans)
{
    while (spans->count != 0) {
        const uint32_t slot = highest(spans);
        spans->count -= spans->counts[slot];
        spans->counts[slot] = 0;
        unmark(spans, slot);
    }
    spans->bytes = spans->squares = 0;
    spans->largest = 0;
}

void free_spans_each(const struct free_spans *spans, bool (*visit)(void *ctx, uint32_t bytes, uint32_t count), void *ctx)
{
    for (uint32_t word = (spans->slots + 63) / 64; word-- > 0;) {
        for (uint64_t bits = spans->bits[0][word]; bits != 0;) {
            const uint32_t bit = 63 - (uint32_t)__builtin_clzll(bits), slot = word * 64 + bit;
            if (!visit(ctx, slot * 4, spans->counts[slot])) {
                return;
            }
            bits ^= UINT64_C(1) << bit;
        }
    }
}
