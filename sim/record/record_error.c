/* record_error.c: the one place that words an error of `record`. */
#include "record_error.h"

#include <stdarg.h>
#include <stdio.h>

int record_fail(struct record_error *error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error->code = code;
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return code;
}
