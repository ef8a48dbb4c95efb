/* import_calls.c: the calls that a recording tells become events; the books of which block lives at which address. */
#include <inttypes.h>
#include <stdlib.h>

#include "import_internal.h"
#include "trace_report.h"

static int no_memory(struct import *import)
{
    return import_stop(import, TRACE_E_MEMORY, "", "no memory for the importer");
}

static int put(struct import *import, struct trace_event event)
{
    if (import->queued == import->queue_room) {
        const uint32_t room = import->queue_room ? import->queue_room * 2 : 16;
        struct trace_event *larger = realloc(import->queue, room * sizeof *larger);
        if (!larger) {
            return no_memory(import);
        }
        import->queue = larger;
        import->queue_room = room;
    }
    event.t = import->t;
    event.site = import->lists_dropped ? TRACE_NO_SITE : import->site;
    event.thread = import->lists_dropped ? 0 : import->thread;
    event.heap = import->lists_dropped ? 0 : import->heap;
    import->queue[import->queued++] = event;
    return 0;
}

static int check_size(struct import *import, uint64_t *count, uint64_t *size, bool failed)
{
    if (failed) { /* what nobody could serve may be any number */
        *size = *size > TRACE_ID_MAX ? TRACE_ID_MAX : *size;
        *count = *count > TRACE_ID_MAX ? TRACE_ID_MAX : *count;
        return 0;
    }
    if (*size > TRACE_ID_MAX || *count > TRACE_ID_MAX || (*size && *count > TRACE_ID_MAX / *size)) {
        return trace_error_set(&import->problem, TRACE_E_SIZE, "at most 2^53-1 bytes", "%" PRIu64 " x %" PRIu64 " bytes", *count, *size);
    }
    return 0;
}

static uint64_t scrambled(const struct import *import, uint64_t address)
{
    return address * import->multiplier;
}

static bool take(struct import *import, uint64_t address, struct record_block *block)
{
    return record_blocks_take(&import->blocks, scrambled(import, address), block);
}

static int put_block(struct import *import, uint64_t address, struct record_block block)
{
    block.ptr = scrambled(import, address);
    if (address > import->highest_address) {
        import->highest_address = address;
    }
    return record_blocks_put(&import->blocks, block) ? 0 : no_memory(import);
}

/* A block will begin at `address`: one that is still there ends now. */
static int make_room(struct import *import, uint64_t address)
{
    struct record_block old;
    if (!take(import, address, &old)) {
        return 0;
    }
    import->tallies[IMPORT_MISSED_FREE]++;
    return put(import, (struct trace_event){.op = TRACE_FREE, .id = old.id, .count = 1});
}

static int begin_block(struct import *import, enum trace_op op, uint64_t address, uint64_t count, uint64_t size, uint64_t align)
{
    int code = check_size(import, &count, &size, address == 0);
    if (!code && (align & (align - 1))) {
        code = trace_error_set(&import->problem, TRACE_E_ALIGN, "0 or a power of two", "align %" PRIu64, align);
    }
    if (!code && address) {
        code = make_room(import, address);
    }
    if (code) {
        return code;
    }
    const struct trace_event event = {.op = (uint8_t)op, .id = ++import->next_id, .count = count, .size = size, .align = align,
                                      .failed = address == 0};
    code = put(import, event);
    return code || !address ? code : put_block(import, address, (struct record_block){.id = event.id, .size = size});
}

int import_alloc(struct import *import, uint64_t address, uint64_t size, uint64_t align)
{
    return begin_block(import, TRACE_ALLOC, address, 1, size, align);
}

int import_calloc(struct import *import, uint64_t address, uint64_t count, uint64_t size)
{
    return begin_block(import, TRACE_CALLOC, address, count, size, 0);
}

int import_free(struct import *import, uint64_t address)
{
    struct record_block block = {0};
    if (address && !take(import, address, &block)) {
        import->tallies[IMPORT_UNKNOWN_FREE]++;
        return 0;
    }
    return put(import, (struct trace_event){.op = TRACE_FREE, .id = block.id, .count = 1});
}

struct record_block import_realloc_begin(struct import *import, uint64_t old)
{
    struct record_block block = {0};
    if (!take(import, old, &block)) {
        return (struct record_block){0};
    }
    block.ptr = old;
    return block;
}

int import_realloc_end(struct import *import, const struct record_block *block, uint64_t address, uint64_t size)
{
    uint64_t one = 1;
    int code = check_size(import, &one, &size, address == 0);
    if (code) {
        return code;
    }
    struct trace_event event = {.op = TRACE_REALLOC, .id = block->id, .count = 1, .size = size};
    if (address == 0) { /* realloc to size 0 frees; any other NULL leaves the block where it was */
        event.failed = size != 0;
        code = put(import, event);
        return code || size == 0 ? code : put_block(import, block->ptr, *block);
    }
    if (size == 0) { /* freed, and a block without bytes in its place */
        code = put(import, (struct trace_event){.op = TRACE_FREE, .id = block->id, .count = 1});
        return code ? code : import_alloc(import, address, 0, 0);
    }
    code = make_room(import, address);
    if (!code) {
        code = put(import, event);
    }
    return code ? code : put_block(import, address, (struct record_block){.id = block->id, .size = size});
}

int import_realloc(struct import *import, uint64_t old, uint64_t address, uint64_t size)
{
    if (!old) {
        return import_alloc(import, address, size, 0);
    }
    const struct record_block block = import_realloc_begin(import, old);
    if (block.ptr) {
        return import_realloc_end(import, &block, address, size);
    }
    if (address == 0 && size == 0) {
        return import_free(import, old);
    }
    import->tallies[IMPORT_UNKNOWN_REALLOC]++;
    return import_alloc(import, address, size, 0);
}

bool import_is_live(struct import *import, uint64_t address)
{
    struct record_block block;
    return take(import, address, &block) && record_blocks_put(&import->blocks, block);
}

bool import_forget(struct import *import, uint64_t address)
{
    struct record_block block;
    return take(import, address, &block);
}

void import_time(struct import *import, uint64_t t)
{
    if (import->t != TRACE_NO_TIME && t < import->t) {
        import->tallies[IMPORT_TIME_BACK]++;
        return;
    }
    import->t = t < TRACE_ID_MAX ? t : TRACE_ID_MAX;
}
