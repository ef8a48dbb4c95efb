/* sweep_error.c: see sweep_error.h. */
#include "sweep_error.h"

#include <stdarg.h>
#include <stdio.h>

bool sweep_fail(struct sweep_error *error, int exit_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    error->exit_code = exit_code;
    return false;
}

bool sweep_fail_memory(struct sweep_error *error)
{
    return sweep_fail(error, SWEEP_RESOURCES, "out of memory");
}
