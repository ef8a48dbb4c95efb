/* trace_hlt.h: the binary encoding .hlt on the host: reading through trace_reader, writing through trace_writer. Internal to sim/trace. */
#ifndef HEAPLAB_SIM_TRACE_HLT_H
#define HEAPLAB_SIM_TRACE_HLT_H

#include "trace_hlt_decode.h"
#include "trace_reader_internal.h"

#define TRACE_HLT_PAD 8 /* bytes that may be read, though not used, behind a block */

/* Of eight bytes, by which of them have their top bit set: the varints in them, from the nth on that is longer than three bytes none. */
struct trace_hlt_varints {
    uint32_t fields[14]; /* the nth: bits 0-7: where it starts, in bits; 8-31: what of its bytes is the number; 0: it is not there */
    uint8_t ends[8];     /* the byte behind the nth */
};

struct trace_hlt_reader {
    struct trace_hlt_decoder decoder;
    uint64_t *ids;    /* by slot; 0: nothing lives there */
    uint32_t id_room;
    uint64_t live, top_id;
    bool tabulated;   /* the live ids are in meaning.ids too */
    struct trace_header_reader header_reader; /* owns the header */
    struct trace_hlt_varints varints[256];
    uint8_t buffer[TRACE_HLT_BLOCK_MAX + TRACE_HLT_PAD];
};

/* Whether the content is .hlt, by its magic. */
bool trace_hlt_detect(struct trace_bytes *bytes);

/* As trace_reader_open, trace_reader_next and trace_reader_next_block. */
int trace_hlt_open(struct trace_reader *reader);
int trace_hlt_next(struct trace_reader *reader, struct trace_event *event);
int trace_hlt_next_block(struct trace_reader *reader, struct trace_event *events, size_t room);
void trace_hlt_close(struct trace_reader *reader);

void trace_hlt_tabulate_varints(struct trace_hlt_varints varints[256]);

/* Shared by trace_hlt_read.c and trace_hlt_block.c: room in `ids` for slots up to this one (false: no memory); ends the reader without memory. */
bool trace_hlt_room_for(struct trace_hlt_reader *hlt, uint32_t slot);
int trace_hlt_fail_memory(struct trace_reader *reader);

#endif
