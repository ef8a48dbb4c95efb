/* policies.h: what the registry's policies say of themselves, in words. */
#ifndef HEAPLAB_CLI_POLICIES_H
#define HEAPLAB_CLI_POLICIES_H

#include "cli.h"

struct policies_trait {
    uint32_t trait;
    const char *name, *text, *missing; /* missing: what its absence means, or NULL */
};

extern const struct policies_trait policies_traits[];
extern const size_t policies_trait_count;

/* A parameter's default as one writes it: a number or a word; returns buffer. */
const char *policies_default(const struct heap_param *param, char *buffer, size_t size);

void policies_markdown(FILE *to); /* docs/POLICIES.md */

#endif
