/* import.h: recordings of other tools as a source of events, behind the same reader as our own encodings.
 *
 * A recording names blocks by address; a trace names them by id. So an importer keeps the live blocks by address: every allocation is a
 * new id, also at an address that was used before. What a recording gets wrong or leaves out is never fatal: a block that is freed
 * without its allocation was allocated before the recording began, and its free is left out; an address that is handed out again
 * without a free ends the block before it. All of it is counted, and the header's meta.note says it, together with what the format
 * cannot say at all.
 * Formats are told apart by content (import_detect.c); each has a file of its own. Memory: the live blocks, and the names of sites and
 * threads. Internal to sim/trace and sim/import.
 */
#ifndef HEAPLAB_SIM_IMPORT_H
#define HEAPLAB_SIM_IMPORT_H

#include <stdbool.h>

#include "trace_reader_internal.h"

/* Whether the content is ours to try: no .hlt (checked before) and no JSON object. Consumes nothing; may wait for the first bytes. */
bool trace_import_detect(struct trace_bytes *bytes);

/* As trace_reader_open and trace_reader_next. Reads as far as the first event, so that what precedes it is in the header. */
int trace_import_open(struct trace_reader *reader);
int trace_import_next(struct trace_reader *reader, struct trace_event *event);
void trace_import_close(struct trace_reader *reader);

/* From now on events carry no site, thread or heap: the header is passed on before its lists are known. */
void trace_import_drop_lists(struct trace_reader *reader);

/* The note as it stands, which says everything at the end of the events. */
const char *trace_import_note(const struct trace_reader *reader);

#endif
