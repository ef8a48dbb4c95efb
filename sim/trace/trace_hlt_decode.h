/* trace_hlt_decode.h: reads .hlt, the binary form of a trace, anywhere: freestanding C11 with string.h's mem* only, no allocation, no
 * recursion, one buffer of one block. A board replays a trace with this and an array indexed by slot; it needs no hash table, since
 * every event carries its slot. traces/FORMAT.md has the layout byte by byte.
 *
 *     struct trace_hlt_decoder decoder;
 *     int code = trace_hlt_decode_begin(&decoder, read, ctx, buffer, sizeof buffer);
 *     while (!code && (code = trace_hlt_decode_next(&decoder, &event)) > 0) { replay(&event); code = 0; }
 *
 * Every block's checksum is verified before its first event comes out. What comes out is in range for the array (slot < slot_count where
 * the file says that), but only the host's reader checks the whole meaning. Not thread-safe on one decoder; no global state.
 */
#ifndef HEAPLAB_SIM_TRACE_HLT_DECODE_H
#define HEAPLAB_SIM_TRACE_HLT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

#define TRACE_HLT_MAGIC "\x89HLT\r\n\x1A\n" /* 8 bytes */
#define TRACE_HLT_VERSION 1
#define TRACE_HLT_FILE_HEADER 32u
#define TRACE_HLT_BLOCK_HEADER 16u
#define TRACE_HLT_BLOCK_TARGET 4096u /* the writer closes a block before its payload grows beyond this, but for one long mark */
#define TRACE_HLT_BLOCK_MAX 8192u    /* no payload is larger */
#define TRACE_HLT_UNKNOWN32 UINT32_MAX
#define TRACE_HLT_UNKNOWN64 UINT64_MAX

enum trace_hlt_kind { TRACE_HLT_HEADER = 1, TRACE_HLT_EVENTS = 2, TRACE_HLT_END = 3 };

/* An event's first byte: the op in bits 0-2, then */
#define TRACE_HLT_OP 0x07u
#define TRACE_HLT_ID 0x08u          /* the id is stated (else: the next in sequence, or that of the slot) */
#define TRACE_HLT_SLOT 0x30u        /* one of: */
#define TRACE_HLT_SLOT_NONE 0x00u
#define TRACE_HLT_SLOT_NEW 0x10u    /* one more than ever before */
#define TRACE_HLT_SLOT_RECENT 0x20u /* of a fresh event the slot last retired, of others the slot last given out, in this block */
#define TRACE_HLT_SLOT_STATED 0x30u
#define TRACE_HLT_RESERVED 0x40u
#define TRACE_HLT_MORE 0x80u        /* a second byte follows, which says what is not at its default: */
#define TRACE_HLT_COUNT 0x01u
#define TRACE_HLT_ALIGN 0x02u
#define TRACE_HLT_T 0x04u
#define TRACE_HLT_SITE 0x08u
#define TRACE_HLT_THREAD 0x10u
#define TRACE_HLT_HEAP 0x20u
#define TRACE_HLT_WAIT 0x40u
#define TRACE_HLT_FAILED 0x80u

/* What an event is told against: the same in writer and reader, so that both stay in step. */
struct trace_hlt_context {
    uint64_t index;    /* of the next event */
    uint64_t next_id;  /* the last id given by an event that is not a free or realloc of a live one, plus one */
    uint64_t t;        /* of the last event */
    uint32_t slots;    /* given out so far */
    bool timed;        /* an event's t was not its index */
    uint32_t last_given, last_retired; /* in this block; TRACE_NO_SLOT: none yet */
};

/* Brings exactly `bytes` bytes, or fewer at the end of the file. Negative: an error, which is passed on. */
typedef int32_t (*trace_hlt_read_fn)(void *ctx, void *into, uint32_t bytes);

/* CRC-32 of `bytes` bytes, going on from `crc`: trace_hlt_crc or something faster with the same result. */
typedef uint32_t (*trace_hlt_crc_fn)(uint32_t crc, const void *data, uint32_t bytes);

struct trace_hlt_decoder {
    trace_hlt_read_fn read;
    void *ctx;
    trace_hlt_crc_fn crc; /* trace_hlt_crc after begin; a host may then set a faster one */
    uint8_t *buffer;
    uint32_t buffer_bytes;
    uint32_t word_bits;   /* 0: not told */
    uint32_t slot_count;  /* an array of that many slots serves the whole trace; TRACE_HLT_UNKNOWN32: not told (written to a pipe) */
    uint32_t block_bytes; /* the largest payload; likewise */
    uint64_t event_count; /* likewise TRACE_HLT_UNKNOWN64 */

    uint64_t offset;       /* bytes read so far */
    uint64_t block_offset; /* where the current block begins */
    uint32_t block_number; /* of the current block, from 0; TRACE_HLT_UNKNOWN32 before the first */
    uint32_t kind;         /* of the current block; 0 while its checksum has not matched */
    uint32_t payload_bytes;
    const char *why;       /* after an error: what is wrong, in words */

    const uint8_t *at, *end; /* in the payload */
    uint32_t left;           /* events of the block still to come */
    struct trace_hlt_context context;
};

/* CRC-32 (IEEE 802.3, as zlib's crc32) of `bytes` bytes, going on from `crc` (0 to begin). */
uint32_t trace_hlt_crc(uint32_t crc, const void *data, uint32_t bytes);

/* Reads the file header. `buffer` holds a block's payload: 4096 bytes serve but for marks with long names, 8192 always.
 * 0, or TRACE_E_FORMAT, _VERSION, _CHECKSUM, _TRUNCATED, or what `read` returned. */
int trace_hlt_decode_begin(struct trace_hlt_decoder *decoder, trace_hlt_read_fn read, void *ctx, void *buffer, uint32_t buffer_bytes);

/* The next block into the buffer: its kind (>= 1), 0 behind the end block, or TRACE_E_CHECKSUM (damaged), _TRUNCATED, _TRAILING,
 * _CAP (the buffer is too small), or what `read` returned. */
int trace_hlt_decode_block(struct trace_hlt_decoder *decoder);

/* The next event of the current block: 1, 0 at its end, or TRACE_E_CHECKSUM. `name` lies in the buffer. `id` is filled where the event
 * states or implies it, and 0 for a free or realloc of a live slot (the id is the one that the slot got). O(bytes of the event). */
int trace_hlt_decode_event(struct trace_hlt_decoder *decoder, struct trace_event *event);

/* The next event of the file, block after block: 1, 0 at the proper end, or an error as above. */
int trace_hlt_decode_next(struct trace_hlt_decoder *decoder, struct trace_event *event);

#endif
