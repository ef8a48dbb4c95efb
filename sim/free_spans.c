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

void free_spans_mark(struct free_spans *spans, uint32_t slot)
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

static bool any_marked(const struct free_spans *spans) { return spans->bits[spans->levels - 1][0] != 0; }

/* There is one. */
static uint32_t highest_marked(const struct free_spans *spans)
{
    uint32_t slot = 0;
    for (uint32_t i = spans->levels; i-- > 0;) {
        slot = slot * 64 + 63 - (uint32_t)__builtin_clzll(spans->bits[i][slot]);
    }
    return slot;
}

/* The largest slot with a block; 0: none. */
static uint32_t highest(struct free_spans *spans)
{
    while (any_marked(spans)) {
        const uint32_t slot = highest_marked(spans);
        if (spans->counts[slot] != 0) {
            return slot;
        }
        unmark(spans, slot);
    }
    return 0;
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

uint32_t free_spans_find_largest(struct free_spans *spans)
{
    const uint32_t odd = spans->odd_sizes == 0 ? 0 : spans->odd[0].bytes, slot = highest(spans);
    spans->largest = spans->second = larger(odd, slot * 4);
    if (slot != 0 && spans->largest == slot * 4) {
        unmark(spans, slot);
        spans->second = larger(odd, highest(spans) * 4);
        free_spans_mark(spans, slot);
    }
    return spans->largest;
}

void free_spans_raise(struct free_spans *spans, uint32_t bytes)
{
    const bool stays = spans->largest % 4 != 0 || free_spans_has_largest(spans);
    if (bytes > spans->largest || !stays) {
        spans->second = stays ? spans->largest : spans->second;
        spans->largest = bytes;
    } else if (bytes < spans->largest) {
        spans->second = bytes;
    }
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

bool free_spans_odd_add(struct free_spans *spans, uint32_t bytes)
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
    return true;
}

bool free_spans_odd_remove(struct free_spans *spans, uint32_t bytes)
{
    const uint32_t at = odd_place(spans, bytes);
    if (at == spans->odd_sizes || spans->odd[at].bytes != bytes) {
        return false;
    }
    if (--spans->odd[at].count == 0) {
        spans->odd_sizes--;
        memmove(&spans->odd[at], &spans->odd[at + 1], (spans->odd_sizes - at) * sizeof spans->odd[0]);
    }
    return true;
}

void free_spans_clear(struct free_spans *spans)
{
    while (any_marked(spans)) {
        const uint32_t slot = highest_marked(spans);
        spans->counts[slot] = 0;
        unmark(spans, slot);
    }
    spans->odd_sizes = 0;
    spans->largest = spans->second = 0;
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
            if (spans->counts[slot] != 0 && !visit(ctx, slot * 4, spans->counts[slot])) {
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
