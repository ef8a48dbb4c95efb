/* heap_split.c: see heap_split.h. A heap's slots are given out as the reader gives its own: the last one given back is the next. */
#include "heap_split.h"

#include <stdlib.h>
#include <string.h>

struct heap_split_place {
    uint32_t heap, slot;
    bool live;
};

struct heap_split_slots {
    uint32_t *returned; /* a stack */
    uint32_t returned_count, returned_room, count;
};

bool heap_split_open(struct heap_split *split, uint32_t heap_count)
{
    *split = (struct heap_split){.heaps = calloc(heap_count, sizeof *split->heaps), .heap_count = heap_count};
    return split->heaps != NULL;
}

void heap_split_close(struct heap_split *split)
{
    for (uint32_t i = 0; i < split->heap_count && split->heaps != NULL; i++) {
        free(split->heaps[i].returned);
    }
    free(split->heaps);
    free(split->places);
    *split = (struct heap_split){0};
}

static bool room_for(struct heap_split *split, uint32_t slot)
{
    if (slot < split->place_room) {
        return true;
    }
    const uint32_t room = slot < UINT32_MAX / 4 ? slot * 2 + 64 : UINT32_MAX / 2;
    struct heap_split_place *places = slot < room ? realloc(split->places, room * sizeof *places) : NULL;
    if (places == NULL) {
        return false;
    }
    memset(places + split->place_room, 0, (room - split->place_room) * sizeof *places);
    split->places = places;
    split->place_room = room;
    return true;
}

static bool give_back(struct heap_split_slots *slots, uint32_t slot)
{
    if (slots->returned_count == slots->returned_room) {
        const uint32_t room = slots->returned_room * 2 + 64;
        uint32_t *returned = realloc(slots->returned, room * sizeof *returned);
        if (returned == NULL) {
            return false;
        }
        slots->returned = returned;
        slots->returned_room = room;
    }
    slots->returned[slots->returned_count++] = slot;
    return true;
}

static uint32_t take(struct heap_split_slots *slots)
{
    return slots->returned_count != 0 ? slots->returned[--slots->returned_count] : slots->count++;
}

bool heap_split_next(struct heap_split *split, struct trace_event *event)
{
    event->heap = event->heap < split->heap_count ? event->heap : 0;
    if (event->slot == TRACE_NO_SLOT) {
        return true;
    }
    if (!room_for(split, event->slot)) {
        return false;
    }
    struct heap_split_place *place = &split->places[event->slot];
    if (event->fresh && place->live && place->heap != event->heap) { /* an id of size 0 that is allocated again, elsewhere */
        place->live = false;
        if (!give_back(&split->heaps[place->heap], place->slot)) {
            return false;
        }
    }
    if (event->fresh && !place->live) {
        *place = (struct heap_split_place){event->heap, take(&split->heaps[event->heap]), true};
    }
    event->heap = place->heap;
    event->slot = place->slot;
    if (event->retires) {
        place->live = false;
        return give_back(&split->heaps[place->heap], place->slot);
    }
    return true;
}
