/* trace_column.h: a growing array of unsigned integers that takes the narrowest width its values need: nothing at all while every
 * value is the column's default, then 1, 2, 4 or 8 bytes each. So a trace in memory pays only for the members it uses, and no value
 * is ever narrowed.
 */
#ifndef HEAPLAB_SIM_TRACE_COLUMN_H
#define HEAPLAB_SIM_TRACE_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

struct trace_column {
    union {
        void *data;
        uint8_t *u8;
        uint16_t *u16;
        uint32_t *u32;
        uint64_t *u64;
    };
    uint64_t standard;     /* the value of every element that was never set */
    bool standard_is_index; /* instead: an element's own index */
    uint8_t width;         /* 0, 1, 2, 4, 8 */
    uint64_t room;         /* elements allocated, where width is not 0 */
};

/* Sets element `index`, the next after all set before. False without memory (then nothing changed). O(1) amortised. */
bool trace_column_set(struct trace_column *column, uint64_t index, uint64_t value);

static inline uint64_t trace_column_get(const struct trace_column *column, uint64_t index)
{
    switch (column->width) {
    case 0: return column->standard_is_index ? index : column->standard;
    case 1: return column->u8[index];
    case 2: return column->u16[index];
    case 4: return column->u32[index];
    default: return column->u64[index];
    }
}

bool trace_column_copy(struct trace_column *copy, const struct trace_column *column, uint64_t count); /* the first `count` elements */
void trace_column_free(struct trace_column *column);

#endif
