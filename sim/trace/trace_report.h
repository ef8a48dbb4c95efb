/* trace_report.h: how the readers and writers fill a struct trace_error. Internal to sim/trace.
 *
 * Only the code and the two texts are set here; whoever knows the place (line, column, events read) sets it.
 */
#ifndef HEAPLAB_SIM_TRACE_REPORT_H
#define HEAPLAB_SIM_TRACE_REPORT_H

#include "trace_error.h"

/* Sets code, expected and found (a printf format; both are cut to their fields). Returns `code`, so that callers can return it. */
int trace_error_set(struct trace_error *error, int code, const char *expected, const char *found, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes `bytes` between double quotes, printable (others as \xNN) and cut with "..." to fit `size`. Returns `out`. */
char *trace_error_quote(char *out, size_t size, const void *bytes, size_t count);

/* One byte as a reader of the file knows it: '{' or byte 0x1F. Returns `out`. */
char *trace_error_byte(char out[16], int byte);

#endif
