/* trace_hlt_write.h: writes .hlt as a stream: events into blocks, each told against the ones before; see trace_hlt_decode.h for the
 * shared definitions and traces/FORMAT.md for the layout. Internal to sim/trace.
 */
#ifndef HEAPLAB_SIM_TRACE_HLT_WRITE_H
#define HEAPLAB_SIM_TRACE_HLT_WRITE_H

#include "trace_hlt_decode.h"
#include "trace_output.h"

struct trace_hlt_writer {
    struct trace_output *output;
    struct trace_hlt_context context;
    uint32_t word_bits;
    uint32_t block_number, largest_payload, events_in_block, payload_used;
    uint8_t payload[TRACE_HLT_BLOCK_MAX];
};

/* The file header and the header's text. */
void trace_hlt_write_begin(struct trace_hlt_writer *writer, struct trace_output *output, uint32_t word_bits, const char *text, size_t bytes);
/* One event, complete and legal, its name at most 4 KiB. */
void trace_hlt_write_event(struct trace_hlt_writer *writer, const struct trace_event *event);
/* The last blocks; and, where the output can, the counts in the file header. */
void trace_hlt_write_end(struct trace_hlt_writer *writer);

#endif
