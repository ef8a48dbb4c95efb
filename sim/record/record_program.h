/* record_program.h: finds the program to record and tells whether a preloaded recorder can work in it. */
#ifndef HEAPLAB_SIM_RECORD_PROGRAM_H
#define HEAPLAB_SIM_RECORD_PROGRAM_H

#include <limits.h>
#include <stdint.h>

#include "record_error.h"

struct record_program {
    char path[PATH_MAX]; /* as found: what is run */
    uint32_t word_bits;  /* of the program, or of a script's interpreter */
};

/* Looks `name` up as a shell would (PATH, unless it has a slash). 0 or RECORD_E_PROGRAM: not found, not executable, statically
 * linked, set-user-id or set-group-id to another, another machine's, not for glibc. A script counts as its interpreter. */
int record_program_find(const char *name, struct record_program *program, struct record_error *error);

#endif
