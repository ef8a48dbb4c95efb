/* trace_header.h: a trace's header: one cJSON object that keeps every member, and a typed view of the known ones.
 *
 * The tree is the truth: the view's strings are the tree's, and the writer prints the tree, so unknown members are passed on.
 * Its text comes through our own tokenizer, so that strictness, duplicates and places are the same as for events. Numbers that a
 * double cannot hold exactly stay as they were written. Internal to sim/trace.
 */
#ifndef HEAPLAB_SIM_TRACE_HEADER_H
#define HEAPLAB_SIM_TRACE_HEADER_H

#include "json.h"
#include "trace.h"

#define TRACE_HEADER_ITEMS_MAX ((uint32_t)1 << 20)      /* values in all header members */
#define TRACE_HEADER_TEXT_MAX ((uint64_t)64 * 1024 * 1024) /* bytes of their text */

/* Reads header members one by one as they come. */
struct trace_header_reader {
    struct json *json;
    struct trace_header *header;
    uint32_t items;
    uint64_t text_bytes;
    struct trace_header_name *names; /* hash set of (object, member name): finds duplicates in O(1) */
    size_t name_mask, name_count;
    uint64_t multiplier;
};

bool trace_header_reader_open(struct trace_header_reader *reader, struct json *json); /* false without memory */
void trace_header_reader_close(struct trace_header_reader *reader);                   /* frees the header unless it was taken (set to NULL) */

/* After json_next gave JSON_KEY for a member of the header object: reads its value. 0 or TRACE_E_*, told in json->error. */
int trace_header_read_member(struct trace_header_reader *reader);

/* Whether format and version are there: 0, or TRACE_E_FORMAT or _VERSION in *error (code, found, expected). */
int trace_header_check(const struct trace_header *header, struct trace_error *error);

/* A deep copy, NULL without memory. */
struct trace_header *trace_header_copy(const struct trace_header *header);

/* Sets a member of meta. False without memory; then the old one stands. */
bool trace_header_set_name(struct trace_header *header, const char *name);
bool trace_header_set_note(struct trace_header *header, const char *note);
bool trace_header_set_word_bits(struct trace_header *header, uint32_t word_bits);

/* The typed view of member `name` of the tree; 0 or a code, with code, found and expected in *error. */
int trace_header_view(struct trace_header *header, const char *name, struct trace_error *error);

#endif
