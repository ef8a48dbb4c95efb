/* property.c: generating, running, shrinking and writing sequences of operations. */
#include "property.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define ARENA_MOST (1u << 20)
#define SMALL 48u /* what a heap that is worth testing serves of each small size */
#define REGION_BYTES 4096u

struct slot {
    uint8_t *at;
    uint32_t size, align;
    uint8_t stamp; /* its content */
};

/* Two places for the first region, so that a heap can move; regions added later stay. */
static _Alignas(4096) uint8_t places[2][ARENA_MOST];
static _Alignas(4096) uint8_t regions[3][REGION_BYTES];

struct run {
    const struct property_case *subject;
    struct heap heap;
    struct slot slots[PROPERTY_SLOTS];
    uint32_t place, added;
    const char *wrong;
};

uint32_t property_heap(const struct heap_policy *policy, uint32_t alignment, uint32_t bytes)
{
    const struct heap_config config = {.policy = policy, .alignment = alignment};
    for (; bytes <= ARENA_MOST; bytes *= 2) {
        struct heap heap;
        bool served = heap_init(&heap, &config, places[0], bytes) == HEAP_OK;
        for (uint32_t i = 0; i < 12 && served; i++) {
            served = heap_malloc(&heap, 1 + i * 7 % SMALL) != NULL;
        }
        if (served) {
            return bytes;
        }
    }
    return 0;
}

/* ---- generating ---- */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void property_generate(uint32_t seed, struct property_op *ops, uint32_t count)
{
    uint32_t state = seed * 2654435761u | 1u;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t r = next_random(&state), s = next_random(&state);
        const uint32_t most = (r >> 4 & 15u) == 0 ? 3000 : (r >> 4 & 3u) == 0 ? 300 : 64;
        static const enum property_kind kinds[16] = {
            PROPERTY_MALLOC, PROPERTY_MALLOC, PROPERTY_MALLOC, PROPERTY_MALLOC, PROPERTY_MALLOC, PROPERTY_CALLOC,  PROPERTY_ALIGNED, PROPERTY_FREE,
            PROPERTY_FREE,   PROPERTY_FREE,   PROPERTY_FREE,   PROPERTY_FREE,   PROPERTY_FREE,   PROPERTY_REALLOC, PROPERTY_REALLOC, PROPERTY_REALLOC};
        ops[i] = (struct property_op){(r >> 8) % PROPERTY_SLOTS, s % most, 1u << (s >> 16) % 9, kinds[r & 15u]};
        if (r >> 8 == 0x7777u % (i + 1)) {
            ops[i].kind = PROPERTY_ADD_REGION;
        }
    }
    if (count > 8) {
        ops[count / 2].kind = ops[count / 3].kind = PROPERTY_ADD_REGION;
    }
}

/* ---- the oracle ---- */

static void wrong(struct run *run, const char *what)
{
    run->wrong = run->wrong != NULL ? run->wrong : what;
}

static bool has_stamp(const uint8_t *at, uint8_t stamp, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++) {
        if (at[i] != (uint8_t)(stamp + i)) {
            return false;
        }
    }
    return true;
}

static void stamp(struct slot *slot, uint32_t value)
{
    slot->stamp = (uint8_t)value;
    for (uint32_t i = 0; i < slot->size; i++) {
        slot->at[i] = (uint8_t)(slot->stamp + i);
    }
}

/* A block that has just been handed out (or has moved): is it where it may be, and nobody else's? */
static void judge(struct run *run, const struct slot *slot)
{
    const uint32_t align = slot->align > run->heap.alignment ? slot->align : run->heap.alignment;
    const heap_off off = heap_offset_of(&run->heap, slot->at);
    if (off == HEAP_NONE || heap_offset_of(&run->heap, slot->at + slot->size - 1) != off + slot->size - 1) {
        wrong(run, "a block lies outside its region");
        return;
    }
    if (((uintptr_t)slot->at & (align - 1)) != 0) {
        wrong(run, "a block is not aligned");
    }
    if (heap_usable_size(&run->heap, slot->at) < slot->size && (run->subject->policy->inspect->traits & HEAP_NEEDS_LAYOUT) == 0) {
        wrong(run, "a block is smaller than asked for");
    }
    for (const struct slot *other = run->slots; other != run->slots + PROPERTY_SLOTS; other++) {
        if (other != slot && other->at != NULL && slot->at < other->at + other->size && other->at < slot->at + slot->size) {
            wrong(run, "two live blocks overlap");
        }
    }
}

static bool has_image(const struct run *run) { return (run->subject->policy->inspect->traits & HEAP_NO_IMAGE) == 0; }

struct tour {
    struct run *run;
    heap_off next;
    uint32_t payloads;
    uint64_t payload_bytes;
};

static bool visit(void *ctx, const struct heap_span *span)
{
    struct tour *tour = ctx;
    if (span->off != tour->next) {
        wrong(tour->run, "the walk leaves a gap");
    }
    tour->next = span->off + span->size;
    tour->payloads += span->kind == HEAP_PAYLOAD;
    tour->payload_bytes += span->kind == HEAP_PAYLOAD ? span->size : 0;
    return true;
}

static void check_everything(struct run *run)
{
    struct tour tour = {run, 0, 0, 0};
    uint32_t live = 0;
    uint64_t bytes = 0;
    for (const struct slot *slot = run->slots; slot != run->slots + PROPERTY_SLOTS; slot++) {
        live += slot->at != NULL;
        bytes += slot->at != NULL ? heap_usable_size(&run->heap, slot->at) : 0;
        if (slot->at != NULL && !has_stamp(slot->at, slot->stamp, slot->size)) {
            wrong(run, "a live block's content has changed");
        }
    }
    if (has_image(run) && heap_check(&run->heap, NULL) != HEAP_OK) {
        wrong(run, "heap_check finds damage");
    }
    if (heap_walk(&run->heap, visit, &tour) != HEAP_OK || tour.next != run->heap.bytes) {
        wrong(run, "the walk does not cover the arena");
    }
    if ((run->subject->policy->inspect->traits & HEAP_NEEDS_LAYOUT) == 0) {
        const bool wraps = run->subject->policy->inspect->replica != NULL; /* a wrapper's alignment hides the front of a payload */
        if (tour.payloads != live || (wraps ? tour.payload_bytes < bytes : tour.payload_bytes != bytes)) {
            wrong(run, "the walk and the live set disagree");
        }
        if (heap_get_counters(&run->heap).used_bytes != bytes) {
            wrong(run, "the count of used bytes is off");
        }
    }
}

/* ---- running ---- */

/* For "nothing changed"; small heaps only, for speed: they are the ones that fail. */
static uint32_t image(const struct run *run)
{
    return run->subject->bytes <= 8192 && has_image(run) ? heap_digest(&run->heap) : 0;
}

static void allocate(struct run *run, struct slot *slot, const struct property_op *op)
{
    const uint32_t digest = image(run);
    slot->size = op->size;
    slot->align = op->kind == PROPERTY_ALIGNED ? op->align : 0;
    slot->at = op->kind == PROPERTY_ALIGNED  ? heap_aligned_alloc(&run->heap, op->align, op->size)
               : op->kind == PROPERTY_CALLOC ? heap_calloc(&run->heap, 1, op->size)
                                             : heap_malloc(&run->heap, op->size);
    if (slot->at == NULL) {
        if (image(run) != digest) {
            wrong(run, "a failed request changed the image");
        }
        return;
    }
    judge(run, slot);
    if (run->wrong != NULL) {
        return;
    }
    for (uint32_t i = 0; op->kind == PROPERTY_CALLOC && i < op->size; i++) {
        if (slot->at[i] != 0) {
            wrong(run, "calloc's bytes are not zero");
        }
    }
    stamp(slot, op->size * 31u + op->slot);
}

static void reallocate(struct run *run, struct slot *slot, const struct property_op *op)
{
    const struct heap_layout old = {slot->size, slot->align};
    const uint32_t digest = image(run);
    uint8_t *moved = heap_realloc_sized(&run->heap, slot->at, old, op->size);
    if (moved == NULL) {
        if (op->size == 0) {
            slot->at = NULL;
        } else if (image(run) != digest) {
            wrong(run, "a failed realloc changed the image");
        }
        return;
    }
    slot->at = moved;
    slot->size = op->size;
    judge(run, slot);
    if (run->wrong == NULL && !has_stamp(moved, slot->stamp, old.size < op->size ? old.size : op->size)) {
        wrong(run, "realloc lost content");
    }
    if (run->wrong == NULL) {
        stamp(slot, op->size * 17u + op->slot);
    }
}

static void release(struct run *run, struct slot *slot)
{
    if (!has_stamp(slot->at, slot->stamp, slot->size)) {
        wrong(run, "a live block's content has changed");
    }
    if (heap_free_sized(&run->heap, slot->at, (struct heap_layout){slot->size, slot->align}) != HEAP_OK) {
        wrong(run, "the free of a live block is refused");
    }
    slot->at = NULL;
}

static void operate(struct run *run, const struct property_op *op)
{
    struct slot *slot = &run->slots[op->slot];
    if (op->kind == PROPERTY_ADD_REGION) {
        if (run->added < 3) {
            const int error = heap_add_region(&run->heap, regions[run->added], REGION_BYTES >> run->added);
            run->added += error == HEAP_OK;
        }
    } else if (op->kind == PROPERTY_REALLOC && slot->at != NULL) {
        reallocate(run, slot, op);
    } else if (op->kind == PROPERTY_FREE && slot->at != NULL) {
        release(run, slot);
    } else if (op->kind <= PROPERTY_ALIGNED && slot->at == NULL) {
        allocate(run, slot, op);
    }
}

/* The first region goes elsewhere, byte by byte; where it was is overwritten. */
static void move(struct run *run)
{
    const uint32_t from = run->place, to = 1 - from, bytes = run->subject->bytes;
    memcpy(places[to], places[from], bytes);
    memset(places[from], 0xDB, bytes);
    run->place = to;
    run->heap.base = places[to] + (run->heap.base - places[from]);
    run->heap.state = places[to] + (run->heap.state - places[from]);
    run->heap.regions[0].base = run->heap.base;
    for (struct slot *slot = run->slots; slot != run->slots + PROPERTY_SLOTS; slot++) {
        if (slot->at >= places[from] && slot->at < places[from] + bytes) {
            slot->at = places[to] + (slot->at - places[from]);
        }
    }
}

const char *property_run(const struct property_case *subject, uint32_t *at)
{
    struct run run = {.subject = subject};
    const struct heap_config config = {.policy = subject->policy, .alignment = subject->alignment};
    memset(places[0], 0xC3, subject->bytes < ARENA_MOST ? subject->bytes : ARENA_MOST);
    memset(regions, 0x3C, sizeof regions);
    *at = 0;
    if (subject->bytes == 0 || subject->bytes > ARENA_MOST || heap_init(&run.heap, &config, places[0], subject->bytes) != HEAP_OK) {
        return "the heap cannot be set up";
    }
    for (uint32_t i = 0; i < subject->op_count && run.wrong == NULL; i++) {
        *at = i;
        operate(&run, &subject->ops[i]);
        if (run.wrong == NULL && ((i + 1) % subject->check_every == 0 || i + 1 == subject->op_count)) {
            check_everything(&run);
        }
        if (run.wrong == NULL && (i + 1) % subject->move_every == 0 && has_image(&run)) {
            move(&run);
        }
    }
    return run.wrong;
}

/* ---- shrinking ---- */

static bool still_fails(const struct property_case *subject, const struct property_op *ops, uint32_t count)
{
    struct property_case attempt = *subject;
    uint32_t at = 0;
    attempt.ops = ops;
    attempt.op_count = count;
    attempt.check_every = 1;
    return property_run(&attempt, &at) != NULL;
}

/* Leaves out runs of `chunk` operations. */
static uint32_t leave_out(const struct property_case *subject, struct property_op *ops, uint32_t count, uint32_t chunk, struct property_op *scratch)
{
    for (uint32_t from = 0; from < count;) {
        const uint32_t gone = chunk < count - from ? chunk : count - from;
        memcpy(scratch, ops, from * sizeof *ops);
        memcpy(scratch + from, ops + from + gone, (count - from - gone) * sizeof *ops);
        if (still_fails(subject, scratch, count - gone)) {
            count -= gone;
            memcpy(ops, scratch, count * sizeof *ops);
        } else {
            from += gone;
        }
    }
    return count;
}

static void lessen(const struct property_case *subject, struct property_op *ops, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t step = ops[i].size; step != 0; step /= 2) {
            while (ops[i].size >= step) {
                ops[i].size -= step;
                if (!still_fails(subject, ops, count)) {
                    ops[i].size += step;
                    break;
                }
            }
        }
    }
}

uint32_t property_shrink(const struct property_case *subject, struct property_op *ops, uint32_t count)
{
    static struct property_op scratch[1u << 16];
    uint32_t at = 0;
    struct property_case whole = *subject;
    if (count > sizeof scratch / sizeof scratch[0]) {
        return count;
    }
    whole.ops = ops;
    whole.op_count = count;
    if (property_run(&whole, &at) != NULL) {
        count = at + 1;
    }
    for (uint32_t chunk = count / 2 + 1; chunk != 0; chunk /= 2) {
        count = leave_out(subject, ops, count, chunk, scratch);
    }
    lessen(subject, ops, count);
    return leave_out(subject, ops, count, 1, scratch);
}

/* ---- the trace ---- */

/* Slots become ids: a new one for every block. */
bool property_write_trace(const char *path, const char *name, const struct property_op *ops, uint32_t count)
{
    uint32_t ids[PROPERTY_SLOTS] = {0}, next = 1;
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return false;
    }
    fprintf(file, "{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"%s\"}}\n", name);
    for (uint32_t i = 0; i < count; i++) {
        const struct property_op *op = &ops[i];
        uint32_t *id = &ids[op->slot];
        if (op->kind <= PROPERTY_ALIGNED && *id == 0) {
            *id = next++;
            fprintf(file, "{\"op\":\"%s\",\"id\":%" PRIu32 ",\"size\":%" PRIu32, op->kind == PROPERTY_CALLOC ? "calloc" : "alloc", *id, op->size);
            fprintf(file, op->kind == PROPERTY_ALIGNED ? ",\"align\":%" PRIu32 "}\n" : "}\n", op->align);
        } else if (op->kind == PROPERTY_REALLOC && *id != 0) {
            fprintf(file, "{\"op\":\"realloc\",\"id\":%" PRIu32 ",\"size\":%" PRIu32 "}\n", *id, op->size);
            *id = op->size == 0 ? 0 : *id;
        } else if (op->kind == PROPERTY_FREE && *id != 0) {
            fprintf(file, "{\"op\":\"free\",\"id\":%" PRIu32 "}\n", *id);
            *id = 0;
        }
    }
    const bool written = ferror(file) == 0;
    return fclose(file) == 0 && written;
}
