/* two_level.h: the index of two-level segregated fit, as the TLSF replicas keep it: rows of 32 size classes, a list a class.
 *
 *     index  | rows | row 0 | row 1 | … | heads of row 0 (32) | heads of row 1 | … |       words of 4 bytes
 *              │      └ bit c: class c of row 0 has a free block
 *              └ bit r: row r has one
 *
 * A free block is known by the nominal address of its two links, next and previous (0 = none). Every list is last in, first out. Which
 * class a size belongs to, where searches begin, and what lies around the links is each replica's own. All O(1) but the check. */
#ifndef HEAP_TWO_LEVEL_H
#define HEAP_TWO_LEVEL_H

#include "nominal.h"

#define TWO_LEVEL_COLUMNS 32u
#define TWO_LEVEL_WORDS(ROWS) (1 + (ROWS) + (ROWS) * TWO_LEVEL_COLUMNS)

struct two_level {
    arena_word *words;
    uint32_t rows; /* at most 32 */
};

struct two_level_class {
    uint32_t row, column;
};

static inline arena_word *two_level_columns(struct two_level index, uint32_t row) { return index.words + 1 + row; }

static inline arena_word *two_level_head(struct two_level index, struct two_level_class class)
{
    return index.words + 1 + index.rows + TWO_LEVEL_COLUMNS * class.row + class.column;
}

static inline void two_level_push(struct heap *heap, struct two_level index, struct two_level_class class, uint32_t links)
{
    arena_word *head = two_level_head(index, class);
    nominal_set_u32(heap, links, *head);
    nominal_set_u32(heap, links + 4, 0);
    if (*head != 0) {
        nominal_set_u32(heap, *head + 4, links);
    }
    *head = links;
    index.words[0] |= UINT32_C(1) << class.row;
    *two_level_columns(index, class.row) |= UINT32_C(1) << class.column;
}

static inline void two_level_pull(struct heap *heap, struct two_level index, struct two_level_class class, uint32_t links)
{
    const uint32_t next = nominal_u32(heap, links), prev = nominal_u32(heap, links + 4);
    if (next != 0) {
        nominal_set_u32(heap, next + 4, prev);
    }
    if (prev != 0) {
        nominal_set_u32(heap, prev, next);
        return;
    }
    *two_level_head(index, class) = next;
    if (next == 0) {
        *two_level_columns(index, class.row) &= ~(UINT32_C(1) << class.column);
        if (*two_level_columns(index, class.row) == 0) {
            index.words[0] &= ~(UINT32_C(1) << class.row);
        }
    }
}

/* The first class at or above *class that has a free block: in its own row, else in the next row that has any. False: none. */
static inline bool two_level_find(struct two_level index, struct two_level_class *class)
{
    if (class->row >= index.rows) {
        return false;
    }
    uint32_t columns = *two_level_columns(index, class->row) & UINT32_MAX << class->column;
    if (columns == 0) {
        const uint32_t rows = index.words[0] & (UINT32_MAX << class->row) << 1;
        if (rows == 0) {
            return false;
        }
        class->row = bits_lowest(rows);
        columns = *two_level_columns(index, class->row);
    }
    class->column = bits_lowest(columns);
    return true;
}

/* The highest class that has a free block. False: none. */
static inline bool two_level_highest(struct two_level index, struct two_level_class *class)
{
    if (index.words[0] == 0) {
        return false;
    }
    class->row = bits_highest(index.words[0]);
    class->column = bits_highest(*two_level_columns(index, class->row));
    return true;
}

/* May a free block's links lie at `links`, whatever the address? Then *class is the one that the block's size belongs to. */
typedef bool (*two_level_member)(const struct heap *heap, uint32_t links, struct two_level_class *class);

static inline int two_level_check_class(const struct heap *heap, struct two_level index, struct two_level_class class, two_level_member member,
                                        uint32_t *expected, heap_off *where)
{
    uint32_t prev = 0, links = *two_level_head(index, class);
    if ((*two_level_columns(index, class.row) >> class.column & 1u) != (links != 0)) {
        return HEAP_E_CORRUPT;
    }
    for (; links != 0; prev = links, links = nominal_u32(heap, links)) {
        struct two_level_class own = {0, 0};
        if (*expected == 0 || !member(heap, links, &own)) {
            return HEAP_E_CORRUPT;
        }
        *where = nominal_off(heap, links);
        if (own.row != class.row || own.column != class.column || nominal_u32(heap, links + 4) != prev) {
            return HEAP_E_CORRUPT;
        }
        --*expected;
    }
    return HEAP_OK;
}

/* Bits agree with lists, links with each other, and `expected` free blocks are listed, each in its class. */
static inline int two_level_check(const struct heap *heap, struct two_level index, two_level_member member, uint32_t expected, heap_off *where)
{
    for (uint32_t row = 0; row < index.rows; row++) {
        if ((index.words[0] >> row & 1u) != (*two_level_columns(index, row) != 0)) {
            return HEAP_E_CORRUPT;
        }
        for (uint32_t column = 0; column < TWO_LEVEL_COLUMNS; column++) {
            const int error = two_level_check_class(heap, index, (struct two_level_class){row, column}, member, &expected, where);
            if (error != HEAP_OK) {
                return error;
            }
        }
    }
    const uint32_t beyond = index.rows < 32 ? index.words[0] >> index.rows : 0;
    return expected == 0 && beyond == 0 ? HEAP_OK : HEAP_E_CORRUPT;
}

#endif
