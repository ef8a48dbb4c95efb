/* bench.h: how fast everything is, as rows of one table: what `heaplab bench` measures.
 *
 * A group is a question of its own ("read JSONL", "seek"): it makes its material, measures, and adds rows. A row names its peer: what the
 * figure is to be compared with, measured in the same run, so that a ratio says something on any machine. Nothing here is known
 * beforehand but the goals. What is timed is timed in rounds, each thing once a round in turn, and the best time counts: then a machine
 * whose speed drifts, or that does something else for a moment, treats all alike. */
#ifndef HEAPLAB_SIM_BENCH_H
#define HEAPLAB_SIM_BENCH_H

#include "spec.h"
#include "trace.h"

enum bench_goal { BENCH_NO_GOAL, BENCH_AT_LEAST, BENCH_AT_MOST, BENCH_RATIO_AT_MOST /* the ratio to the peer, not the value */ };

struct bench_row {
    const char *group;    /* its name in bench_groups */
    char what[80], unit[16];
    double value;         /* NAN: left out, `note` says why */
    char peer[64];        /* "": none */
    double peer_value;    /* in the same unit; NAN: there is none, or it was not built */
    enum bench_goal goal_kind;
    double goal;
    char note[192];       /* what a reader must know: failures, fewer events than the goal is meant for; "": nothing */
};

double bench_ratio(const struct bench_row *row); /* value / peer_value; NAN where one is missing */
int bench_met(const struct bench_row *row);      /* 1: the goal is met, 0: it is not, -1: there is none, or no value */

struct bench_report {
    struct bench_row *rows;
    size_t count, room;
    bool out_of_memory;
};
void bench_report_free(struct bench_report *report);

/* A trace with what it was measured as. */
struct bench_subject {
    const char *path;    /* as given; NULL: it was made here */
    struct trace *trace;
};

struct bench_plan {
    const struct bench_subject *subjects; /* the traces given; none: a made workload stands for them */
    size_t subject_count;
    const struct spec_list *specs; /* policies of the groups that run some */
    uint32_t rounds;               /* at least 1 */
    uint32_t heap_bytes;           /* of 'replay', 'seek' and 'board'; 0: what each thinks right */
    bool quick;                    /* little material and short turns: whether everything works, not how fast it is */
    uint64_t seek_events;          /* events of the trace that is sought in */
    double gigabytes;              /* of JSONL that the streaming replay gets, in units of 10^9 bytes */
    void (*progress)(void *ctx, const char *what); /* told what is being done; may be NULL */
    void *ctx;
};

struct bench_group {
    const char *name, *what;
    bool asked_only; /* not measured unless it is named */
    void (*run)(const struct bench_plan *plan, const struct bench_group *group, struct bench_report *report);
};

extern const struct bench_group bench_groups[];
extern const size_t bench_group_count;

/* What it was measured on. Texts that are not known are "?". */
struct bench_machine {
    char cpu[96], system[160], compiler[96], build[48], date[32];
    unsigned cores;
    double memory_gib, load_average; /* the load of the last minute; of all cores together */
    bool release;                    /* optimised, without assertions and sanitizers: else the figures mean nothing */
};
void bench_machine_read(struct bench_machine *machine);

#endif
