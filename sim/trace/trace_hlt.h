/* trace_hlt.h: the binary encoding .hlt on the host: reading through trace_reader, writing through trace_writer. Internal to sim/trace. */
#ifndef HEAPLAB_SIM_TRACE_HLT_H
#define HEAPLAB_SIM_TRACE_HLT_H

#include "trace_reader_internal.h"

/* Whether the content is .hlt, by its magic. */
bool trace_hlt_detect(struct trace_bytes *bytes);

/* As trace_reader_open and trace_reader_next. */
int trace_hlt_open(struct trace_reader *reader);
int trace_hlt_next(struct trace_reader *reader, struct trace_event *event);
void trace_hlt_close(struct trace_reader *reader);

#endif
