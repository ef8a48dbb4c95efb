/* wait_counts.c: see wait_counts.h. One sorted array: only threads that ever waited have an entry. */
#include "wait_counts.h"

#include <stdlib.h>
#include <string.h>

/* Where the entry is, or would be. */
static uint32_t place_of(const struct wait_counts *counts, uint32_t heap, uint32_t thread)
{
    uint32_t low = 0, high = counts->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const struct wait_count *item = &counts->items[middle];
        if (item->heap < heap || (item->heap == heap && item->thread < thread)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct wait_counts *counts, uint32_t place, uint32_t heap, uint32_t thread)
{
    return place < counts->count && counts->items[place].heap == heap && counts->items[place].thread == thread;
}

bool wait_counts_begin(struct wait_counts *counts, uint32_t heap, uint32_t thread)
{
    const uint32_t place = place_of(counts, heap, thread);
    if (!is_at(counts, place, heap, thread)) {
        if (counts->count == counts->room) {
            const uint32_t room = counts->room * 2 + 16;
            struct wait_count *items = realloc(counts->items, room * sizeof *items);
            if (items == NULL) {
                return false;
            }
            counts->items = items;
            counts->room = room;
        }
        memmove(counts->items + place + 1, counts->items + place, (counts->count - place) * sizeof *counts->items);
        counts->items[place] = (struct wait_count){.heap = heap, .thread = thread};
        counts->count++;
    }
    counts->items[place].waits++;
    return true;
}

void wait_counts_end(struct wait_counts *counts, uint32_t heap, uint32_t thread, bool served, uint64_t ticks)
{
    const uint32_t place = place_of(counts, heap, thread);
    if (is_at(counts, place, heap, thread)) {
        struct wait_count *item = &counts->items[place];
        item->served += served;
        item->timed_out += !served;
        item->ticks += ticks;
        item->longest_ticks = ticks > item->longest_ticks ? ticks : item->longest_ticks;
    }
}

const struct wait_count *wait_counts_of(const struct wait_counts *counts, uint32_t heap, uint32_t *count)
{
    const uint32_t first = place_of(counts, heap, 0);
    uint32_t end = first;
    while (end < counts->count && counts->items[end].heap == heap) {
        end++;
    }
    *count = end - first;
    return *count == 0 ? NULL : counts->items + first;
}

bool wait_counts_copy(struct wait_counts *to, const struct wait_counts *from)
{
    struct wait_count *items = NULL;
    if (from->count != 0) {
        items = malloc(from->count * sizeof *items);
        if (items == NULL) {
            return false;
        }
        memcpy(items, from->items, from->count * sizeof *items);
    }
    free(to->items);
    *to = (struct wait_counts){items, from->count, from->count};
    return true;
}

void wait_counts_end_all(struct wait_counts *counts)
{
    free(counts->items);
    *counts = (struct wait_counts){0};
}
