/* trace_column.c: growing and widening of the columns of trace_column.h. */
#include "trace_column.h"

#include <stdlib.h>
#include <string.h>

static void put(struct trace_column *column, uint64_t index, uint64_t value)
{
    switch (column->width) {
    case 1: column->u8[index] = (uint8_t)value; break;
    case 2: column->u16[index] = (uint16_t)value; break;
    case 4: column->u32[index] = (uint32_t)value; break;
    default: column->u64[index] = value; break;
    }
}

static uint8_t width_of(uint64_t value)
{
    return value <= UINT8_MAX ? 1 : value <= UINT16_MAX ? 2 : value <= UINT32_MAX ? 4 : 8;
}

/* The same elements, `count` of them, in a new width. */
static bool widen(struct trace_column *column, uint64_t count, uint8_t width)
{
    struct trace_column wider = *column;
    wider.width = width;
    wider.room = column->room > count ? column->room : count + count / 2 + 64;
    if (wider.room > SIZE_MAX / width) {
        return false;
    }
    wider.data = malloc((size_t)wider.room * width);
    if (!wider.data) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        put(&wider, i, trace_column_get(column, i));
    }
    free(column->data);
    *column = wider;
    return true;
}

static bool grow(struct trace_column *column)
{
    if (column->room > SIZE_MAX / 16) {
        return false;
    }
    void *larger = realloc(column->data, (size_t)column->room * 2 * column->width);
    if (!larger) {
        return false;
    }
    column->data = larger;
    column->room *= 2;
    return true;
}

bool trace_column_set(struct trace_column *column, uint64_t index, uint64_t value)
{
    if (column->width == 0) {
        if (value == (column->standard_is_index ? index : column->standard)) {
            return true;
        }
        uint8_t width = width_of(value);
        uint8_t before = width_of(column->standard_is_index ? index : column->standard);
        if (!widen(column, index, width > before ? width : before)) {
            return false;
        }
    } else if (width_of(value) > column->width) {
        if (!widen(column, index, width_of(value))) {
            return false;
        }
    }
    if (index >= column->room && !grow(column)) {
        return false;
    }
    put(column, index, value);
    return true;
}

bool trace_column_copy(struct trace_column *copy, const struct trace_column *column, uint64_t count)
{
    *copy = *column;
    copy->data = NULL;
    if (column->width == 0) {
        return true;
    }
    copy->room = count + 1;
    copy->data = malloc((size_t)copy->room * column->width);
    if (!copy->data) {
        copy->width = 0;
        return false;
    }
    memcpy(copy->data, column->data, (size_t)count * column->width);
    return true;
}

void trace_column_free(struct trace_column *column)
{
    free(column->data);
    column->data = NULL;
}
