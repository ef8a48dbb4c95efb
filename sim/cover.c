/* cover.c: see cover.h. */
#include "cover.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(struct cover *cover, uint32_t count)
{
    if (count <= cover->room) {
        return true;
    }
    const uint32_t room = count * 2 + 8;
    struct cover_gap *gaps = realloc(cover->gaps, room * sizeof *gaps);
    if (gaps == NULL) {
        return false;
    }
    cover->gaps = gaps;
    cover->room = room;
    return true;
}

static void find_largest(struct cover *cover)
{
    cover->largest = 0;
    for (uint32_t i = 0; i < cover->count; i++) {
        const uint32_t bytes = cover->gaps[i].to - cover->gaps[i].from;
        cover->largest = bytes > cover->largest ? bytes : cover->largest;
    }
}

bool cover_add_gap(struct cover *cover, uint32_t from, uint32_t to)
{
    struct cover_gap *last = cover->count == 0 ? NULL : &cover->gaps[cover->count - 1];
    if (last != NULL && last->to == from) { /* a pool's free cells lie side by side: one gap */
        last->to = to;
    } else {
        if (!reserve(cover, cover->count + 1)) {
            return false;
        }
        last = &cover->gaps[cover->count++];
        *last = (struct cover_gap){from, to};
    }
    cover->largest = last->to - last->from > cover->largest ? last->to - last->from : cover->largest;
    return true;
}

bool cover_new(struct cover *cover, uint32_t from, uint32_t to)
{
    uint32_t low = 0, high = cover->count; /* the first gap that ends behind `from` */
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (cover->gaps[middle].to <= from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == cover->count || cover->gaps[low].from >= to) {
        return true;
    }
    struct cover_gap *gap = &cover->gaps[low];
    if (gap->from < from && gap->to > to) { /* cut in two */
        if (!reserve(cover, cover->count + 1)) {
            return false;
        }
        gap = &cover->gaps[low];
        memmove(gap + 1, gap, (cover->count - low) * sizeof *gap);
        cover->count++;
        gap[0].to = from;
        gap[1].from = to;
    } else {
        uint32_t last = low;
        if (gap->from < from) {
            gap->to = from;
            low = ++last;
        }
        while (last < cover->count && cover->gaps[last].to <= to) {
            last++;
        }
        if (last < cover->count && cover->gaps[last].from < to) {
            cover->gaps[last].from = to;
        }
        memmove(&cover->gaps[low], &cover->gaps[last], (cover->count - last) * sizeof *gap);
        cover->count -= last - low;
    }
    find_largest(cover);
    return true;
}

bool cover_copy(struct cover *to, const struct cover *from)
{
    if (!reserve(to, from->count)) {
        return false;
    }
    if (from->count != 0) {
        memcpy(to->gaps, from->gaps, from->count * sizeof *from->gaps);
    }
    to->count = from->count;
    to->largest = from->largest;
    return true;
}

void cover_end(struct cover *cover)
{
    free(cover->gaps);
    memset(cover, 0, sizeof *cover);
}
