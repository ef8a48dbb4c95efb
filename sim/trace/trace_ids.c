/* trace_ids.c: the liveness table of trace_ids.h. */
#include "trace_ids.h"

#include <stdlib.h>
#include <sys/random.h>

#define FIRST_CELLS 64

static size_t home(const struct trace_map *map, uint64_t key)
{
    return (size_t)(key * map->multiplier >> map->shift);
}

static bool map_allocate(struct trace_map *map, size_t cells)
{
    map->cells = calloc(cells, sizeof *map->cells);
    if (!map->cells) {
        return false;
    }
    map->mask = cells - 1;
    map->shift = 64;
    for (size_t n = cells; n > 1; n >>= 1) {
        map->shift--;
    }
    return true;
}

static bool map_open(struct trace_map *map)
{
    *map = (struct trace_map){0};
    if (getrandom(&map->multiplier, sizeof map->multiplier, GRND_NONBLOCK) != (ssize_t)sizeof map->multiplier) {
        map->multiplier = UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)(uintptr_t)map << 16;
    }
    map->multiplier |= 1;
    return map_allocate(map, FIRST_CELLS);
}

/* The key's cell, or the empty one where it would go. */
static struct trace_map_cell *map_find(const struct trace_map *map, uint64_t key)
{
    size_t at = home(map, key);
    while (map->cells[at].key && map->cells[at].key != key) {
        at = (at + 1) & map->mask;
    }
    return &map->cells[at];
}

static bool map_grow(struct trace_map *map)
{
    struct trace_map larger = *map;
    if (map->mask >= SIZE_MAX / 4 / sizeof *map->cells || !map_allocate(&larger, (map->mask + 1) * 2)) {
        return false;
    }
    for (size_t i = 0; i <= map->mask; i++) {
        if (map->cells[i].key) {
            *map_find(&larger, map->cells[i].key) = map->cells[i];
        }
    }
    free(map->cells);
    *map = larger;
    return true;
}

/* A cell for a key that is not there. NULL without memory. */
static struct trace_map_cell *map_add(struct trace_map *map, uint64_t key)
{
    if (map->used * 2 > map->mask && !map_grow(map)) {
        return NULL;
    }
    struct trace_map_cell *cell = map_find(map, key);
    *cell = (struct trace_map_cell){.key = key};
    map->used++;
    return cell;
}

/* Shifts back what probed past the hole, so that no tombstone is left (Knuth, volume 3, section 6.4, algorithm R). */
static void map_remove(struct trace_map *map, struct trace_map_cell *cell)
{
    size_t hole = (size_t)(cell - map->cells);
    for (size_t at = (hole + 1) & map->mask; map->cells[at].key; at = (at + 1) & map->mask) {
        size_t from = home(map, map->cells[at].key);
        if (((at - from) & map->mask) < ((at - hole) & map->mask)) {
            continue;
        }
        map->cells[hole] = map->cells[at];
        hole = at;
    }
    map->cells[hole].key = 0;
    map->used--;
}

bool trace_ids_open(struct trace_ids *ids)
{
    *ids = (struct trace_ids){0};
    bool opened = map_open(&ids->live);
    opened = map_open(&ids->seen) && opened;
    if (!opened) {
        trace_ids_close(ids);
    }
    return opened;
}

void trace_ids_close(struct trace_ids *ids)
{
    free(ids->live.cells);
    free(ids->seen.cells);
    free(ids->returned);
    *ids = (struct trace_ids){0};
}

uint32_t trace_ids_find(const struct trace_ids *ids, uint64_t id)
{
    const struct trace_map_cell *cell = map_find(&ids->live, id);
    return cell->key ? (uint32_t)cell->value : UINT32_MAX;
}

static struct trace_map_cell *page_of(const struct trace_ids *ids, uint64_t id)
{
    return map_find(&ids->seen, id / 64 + 1);
}

bool trace_ids_seen(const struct trace_ids *ids, uint64_t id)
{
    if (id <= ids->all_up_to) {
        return true;
    }
    const struct trace_map_cell *page = page_of(ids, id);
    return page->key && (page->value >> (id % 64) & 1);
}

/* `all_up_to` has reached its page's last id, whose page is no longer needed; and the ids behind it may be there already. */
static void advance(struct trace_ids *ids)
{
    while (ids->seen.used) {
        if (ids->all_up_to % 64 == 63) {
            struct trace_map_cell *passed = page_of(ids, ids->all_up_to);
            if (passed->key) {
                map_remove(&ids->seen, passed);
            }
        }
        if (!trace_ids_seen(ids, ids->all_up_to + 1)) {
            break;
        }
        ids->all_up_to++;
    }
}

bool trace_ids_note(struct trace_ids *ids, uint64_t id)
{
    if (id <= ids->all_up_to) {
        return true;
    }
    if (id == ids->all_up_to + 1) {
        ids->all_up_to = id;
        if (ids->seen.used) {
            advance(ids);
        }
        return true;
    }
    struct trace_map_cell *page = page_of(ids, id);
    if (!page->key) {
        page = map_add(&ids->seen, id / 64 + 1);
    }
    if (!page) {
        return false;
    }
    page->value |= UINT64_C(1) << (id % 64);
    return true;
}

bool trace_ids_note_run(struct trace_ids *ids, uint64_t first, uint64_t end)
{
    if (first < end && trace_ids_next_in_sequence(ids, first)) {
        ids->all_up_to = end - 1;
        return true;
    }
    for (uint64_t id = first; id < end; id++) {
        if (!trace_ids_note(ids, id)) {
            return false;
        }
    }
    return true;
}

uint32_t trace_ids_add(struct trace_ids *ids, uint64_t id)
{
    if (!trace_ids_note(ids, id)) {
        return UINT32_MAX;
    }
    struct trace_map_cell *cell = map_add(&ids->live, id);
    if (!cell) {
        return UINT32_MAX;
    }
    uint32_t slot = ids->returned_count ? ids->returned[--ids->returned_count] : ids->slot_count++;
    cell->value = slot;
    return slot;
}

bool trace_ids_remove(struct trace_ids *ids, uint64_t id, uint32_t slot)
{
    if (ids->returned_count == ids->returned_room) {
        uint32_t room = ids->returned_room ? ids->returned_room * 2 : 64;
        uint32_t *larger = realloc(ids->returned, room * sizeof *larger);
        if (!larger) {
            return false;
        }
        ids->returned = larger;
        ids->returned_room = room;
    }
    ids->returned[ids->returned_count++] = slot;
    map_remove(&ids->live, map_find(&ids->live, id));
    return true;
}
