/* history.h: writes a lane's past (struct session_history) while its events run. */
#ifndef HEAPLAB_SIM_HISTORY_H
#define HEAPLAB_SIM_HISTORY_H

#include "session.h"

struct history_writer;

/* NULL without memory. 28 bytes an event, 48 bytes a life. */
struct history_writer *history_begin(struct session_history *history, const struct trace *trace, struct lane *lane);
bool history_note(struct history_writer *writer, uint64_t index, const struct lane_result *result); /* after event `index` */
bool history_finish(struct history_writer *writer); /* NULL is allowed; frees the writer */
void history_end(struct session_history *history);

#endif
