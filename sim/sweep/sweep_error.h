/* sweep_error.h: why a part of a sweep could not be done: a text for people and the command's exit code. */
#ifndef HEAPLAB_SIM_SWEEP_ERROR_H
#define HEAPLAB_SIM_SWEEP_ERROR_H

#include <stdbool.h>

enum sweep_exit { SWEEP_DIFFERS = 1, SWEEP_USAGE = 2, SWEEP_BAD_INPUT = 3, SWEEP_RESOURCES = 4 }; /* the command's exit codes */

struct sweep_error {
    int exit_code;
    char text[3072];
};

/* Sets both (what is too long is cut); false, so that a caller can return it. */
bool sweep_fail(struct sweep_error *error, int exit_code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "out of memory", SWEEP_RESOURCES; false. */
bool sweep_fail_memory(struct sweep_error *error);

#endif
