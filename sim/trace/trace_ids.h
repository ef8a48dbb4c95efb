/* trace_ids.h: which allocation ids live, in which slot, and which have ever been seen.
 *
 * Live ids: an open-addressing hash table id -> slot, linear probing, deletion by shifting back, at most half full: 32 … 64 bytes
 * a live id. Its multiplier is seeded at random, so no trace can be built against it; results do not depend on the seed.
 * Slots: dense numbers, the last one given back is the next one given out.
 * Ids seen: every id up to `all_up_to`, and beyond it one bit an id in pages of 64, so that sequential ids cost nothing and ids with
 * gaps half a byte each (ids spread at random: up to 64 bytes each).
 */
#ifndef HEAPLAB_SIM_TRACE_IDS_H
#define HEAPLAB_SIM_TRACE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_map_cell { uint64_t key, value; }; /* key 0: empty */

struct trace_map {
    struct trace_map_cell *cells;
    size_t mask, used;
    uint64_t multiplier;
    unsigned shift;
};

struct trace_ids {
    struct trace_map live; /* id -> slot */
    struct trace_map seen; /* page number + 1 -> 64 bits */
    uint64_t all_up_to;
    uint32_t *returned;    /* slots given back, a stack */
    uint32_t returned_count, returned_room, slot_count;
};

bool trace_ids_open(struct trace_ids *ids); /* false without memory */
void trace_ids_close(struct trace_ids *ids);

/* The slot of a live id, or UINT32_MAX. O(1) expected. */
uint32_t trace_ids_find(const struct trace_ids *ids, uint64_t id);
/* Whether the id (1 …) was ever added or noted. */
bool trace_ids_seen(const struct trace_ids *ids, uint64_t id);
/* Whether no id from this one on was ever added (a cheap "certainly new"). */
static inline bool trace_ids_next_in_sequence(const struct trace_ids *ids, uint64_t id)
{
    return id == ids->all_up_to + 1 && ids->seen.used == 0;
}

/* Makes an id that is not live live. Its slot, or UINT32_MAX without memory (then nothing changed). */
uint32_t trace_ids_add(struct trace_ids *ids, uint64_t id);
/* Notes an id as seen without making it live. False without memory. */
bool trace_ids_note(struct trace_ids *ids, uint64_t id);
/* The same for all ids from `first` up to but without `end`. O(1) if they are the next in sequence. */
bool trace_ids_note_run(struct trace_ids *ids, uint64_t first, uint64_t end);
/* Ends a live id. False (and nothing changed) without memory for its slot. */
bool trace_ids_remove(struct trace_ids *ids, uint64_t id, uint32_t slot);

static inline size_t trace_ids_live(const struct trace_ids *ids)
{
    return ids->live.used;
}

#endif
