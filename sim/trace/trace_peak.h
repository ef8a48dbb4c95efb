/* trace_peak.h: the peak payload of a trace while it streams by: what the program needs if nothing fails. Requests beyond 4 GiB are
 * left out: no 32-bit heap serves them. */
#ifndef HEAPLAB_SIM_TRACE_PEAK_H
#define HEAPLAB_SIM_TRACE_PEAK_H

#include "trace.h"

struct trace_peak {
    uint64_t *sizes; /* by slot */
    uint32_t room;
    uint64_t live_bytes, peak_bytes;
};

bool trace_peak_add(struct trace_peak *peak, const struct trace_event *event); /* false without memory */
void trace_peak_forget_live(struct trace_peak *peak); /* no more events: the result stays, the memory goes */
void trace_peak_end(struct trace_peak *peak);

#endif
