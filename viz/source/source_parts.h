/* source_parts.h: the source's own state, shared by source.c and source_work.c and by nobody else. */
#ifndef HEAPLAB_VIZ_SOURCE_PARTS_H
#define HEAPLAB_VIZ_SOURCE_PARTS_H

#include "source.h"
#include "source_job.h"
#include "source_lane.h"

#define SOURCE_EXIT_MEMORY 4

struct source {
    struct source_options options;
    struct model models[MODEL_LANES];
    int lane_count;
    struct trace *trace;
    struct trace_selection selection;
    struct session *session;
    struct source_lane lanes[MODEL_LANES];
    struct source_known *known; /* by slot; born 0: not asked yet */
    uint32_t wants;
    bool seeking;           /* on the way: the models still show where it began */
    uint32_t seek_to, seek_from;
    bool shows_part;        /* of a trace that is still being read */
    struct model_anomaly *anomalies; /* of the trace; NULL: none */
    const char **policy_names, **policy_ideas, **threads;
    int exit_code;
    struct job *job, *next; /* under way; what begins when a dismissed one has ended */
    struct source_work work;
    bool work_shown;
    enum source_news news;  /* of a job that was done at once */
    char why[240];
};

/* Source.c: goes on with a seek. False without memory; source->seeking: not there yet. */
bool source_seek_on(struct source *source);

/* Stays where the seek has got to. */
void source_seek_stop(struct source *source);

/* Source.c: the run of a job that has finished takes the old one's place; the job keeps the rest. */
enum source_news source_take_over(struct source *source, struct job *job, char *why, size_t why_size);

#endif
