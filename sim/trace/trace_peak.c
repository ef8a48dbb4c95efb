/* trace_peak.c: see trace_peak.h. */
#include "trace_peak.h"

#include <stdlib.h>
#include <string.h>

bool trace_peak_add(struct trace_peak *peak, const struct trace_event *event)
{
    if (event->slot == TRACE_NO_SLOT || event->failed || event->op == TRACE_MARK) {
        return true;
    }
    if (event->slot >= peak->room) {
        const uint32_t room = event->slot + event->slot / 2 + 64;
        uint64_t *sizes = realloc(peak->sizes, room * sizeof *sizes);
        if (sizes == NULL) {
            return false;
        }
        memset(sizes + peak->room, 0, (room - peak->room) * sizeof *sizes);
        peak->sizes = sizes;
        peak->room = room;
    }
    uint64_t bytes = 0;
    if (!event->retires && (__builtin_mul_overflow(event->size, event->count, &bytes) || bytes > UINT32_MAX)) {
        bytes = event->fresh ? 0 : peak->sizes[event->slot];
    }
    peak->live_bytes += bytes - peak->sizes[event->slot];
    peak->sizes[event->slot] = bytes;
    if (peak->live_bytes > peak->peak_bytes) {
        peak->peak_bytes = peak->live_bytes;
    }
    return true;
}

void trace_peak_forget_live(struct trace_peak *peak)
{
    free(peak->sizes);
    peak->sizes = NULL;
    peak->room = 0;
}

void trace_peak_end(struct trace_peak *peak)
{
    free(peak->sizes);
    memset(peak, 0, sizeof *peak);
}
