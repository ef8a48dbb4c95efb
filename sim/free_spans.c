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

/* The largest slot in use; there is one. */
static uint32_t highest(const struct free_spans *spans)
{
    uint32_t slot = 0;
    for (uint32_t i = spans->levels; i-- > 0;) {
        slot = slot * 64 + 63 - (uint32_t)__builtin_clzll(spans->bits[i][slot]);
    }
    return slot;
}

static uint32_t largest_of(const struct free_spans *spans)
{
    const uint32_t odd = spans->odd_sizes == 0 ? 0 : spans->odd[0].bytes;
    const uint32_t even = spans->count == spans->odd_count ? 0 : highest(spans) * 4;
    return odd > even ? odd : even;
}

/* The table's first entry that is not larger. */
static uint32_t odd_place(const struct free_spans *spans, uint32_t bytes)
{
    uint32_t at = 0;
    while (at < spans->odd_sizes && spans->odd[at].bytes > bytes) {
        at++;
    }
    return at;
}

/* False where the table is full. */
static bool odd_add(struct free_spans *spans, uint32_t bytes)
{
    const uint32_t at = odd_place(spans, bytes);
    if (at == spans->odd_sizes || spans->odd[at].bytes != bytes) {
        if (spans->odd_sizes == FREE_SPANS_ODD) {
            return false;
        }
        memmove(&spans->odd[at + 1], &spans->odd[at], (spans->odd_sizes - at) * sizeof spans->odd[0]);
        spans->odd[at].bytes = bytes;
        spans->odd[at].count = 0;
        spans->odd_sizes++;
    }
    spans->odd[at].count++;
    spans->odd_count++;
    return true;
}

/* False where the table does not hold it. */
static bool odd_remove(struct free_spans *spans, uint32_t bytes)
{
    const uint32_t at = odd_place(spans, bytes);
    if (at == spans->odd_sizes || spans->odd[at].bytes != bytes) {
        return false;
    }
    spans->odd_count--;
    if (--spans->odd[at].count == 0) {
        spans->odd_sizes--;
        memmove(&spans->odd[at], &spans->odd[at + 1], (spans->odd_sizes - at) * sizeof spans->odd[0]);
    }
    return true;
}

void free_spans_add(struct free_spans *spans, uint32_t bytes)
{
    if ((bytes % 4 == 0 || !odd_add(spans, bytes)) && spans->counts[bytes / 4]++ == 0) {
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
    if ((bytes % 4 == 0 || !odd_remove(spans, bytes)) && --spans->counts[bytes / 4] == 0) {
        unmark(spans, bytes / 4);
    }
    if (bytes >= spans->largest) {
        spans->largest = largest_of(spans);
    }
}

void free_spans_clear(struct free_spans *spans)
{
    spans->count -= spans->odd_count;
    spans->odd_count = spans->odd_sizes = 0;
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
    uint32_t odd = 0;
    for (uint32_t word = (spans->slots + 63) / 64; word-- > 0;) {
        for (uint64_t bits = spans->bits[0][word]; bits != 0;) {
            const uint32_t bit = 63 - (uint32_t)__builtin_clzll(bits), slot = word * 64 + bit;
            for (; odd < spans->odd_sizes && spans->odd[odd].bytes > slot * 4; odd++) {
                if (!visit(ctx, spans->odd[odd].bytes, spans->odd[odd].count)) {
                    return;
                }
            }
            if (!visit(ctx, slot * 4, spans->counts[slot])) {
                return;
            }
            bits ^= UINT64_C(1) << bit;
        }
    }
    for (; odd < spans->odd_sizes; odd++) {
        if (!visit(ctx, spans->odd[odd].bytes, spans->odd[odd].count)) {
            return;
        }
    }
}
