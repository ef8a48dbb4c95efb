/* record_error.h: how the parts of `record` fill in their one error. */
#ifndef HEAPLAB_SIM_RECORD_ERROR_H
#define HEAPLAB_SIM_RECORD_ERROR_H

#include "record.h"

/* Sets code and text; returns the code. */
__attribute__((format(printf, 3, 4))) int record_fail(struct record_error *error, int code, const char *format, ...);

#endif
