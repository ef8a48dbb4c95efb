/* record_sites.h: names for return addresses. */
#ifndef HEAPLAB_SIM_RECORD_SITES_H
#define HEAPLAB_SIM_RECORD_SITES_H

#include <stdbool.h>
#include <stdint.h>

#include "record_reader.h"

struct trace_header;

/* Adds a site to the header for every caller slot that is `used`, and sets sites[slot] to its index; TRACE_NO_SITE for the others and
 * for callers not known. In the order of preference:
 *     lstring.c:165 internshrstr       debug information is there (also as a separate file under /usr/lib/debug)
 *     internshrstr+0x1c                only a symbol
 *     lua5.4+0x8f1c                    neither: the module and the offset in it
 * followed by the module in parentheses where that is not the program itself. Callers with the same text share a site. Both arrays have
 * RECORD_CALLERS entries. False without memory. Runs addr2line once a module with debug information; without it, symbols serve. */
bool record_sites_name(const struct record_log *log, const bool *used, struct trace_header *header, uint32_t *sites);

#endif
