/* source_job.c: read, run, record, compare. */
#include "source_job.h"

#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "format.h"
#include "heaps.h"
#include "spec.h"

#define EXIT_USAGE_CODE 2
#define PART_FIRST 65536 /* events: what is read and run in less than a tenth of a second */
#define PART_GROWTH 8    /* so the parts together cost a small share of the whole … */
#define PART_SHARE 3     /* … and none is made beyond this part of the file */
#define EXIT_MEMORY_CODE 4

struct job *job_new(const char *path, const struct trace_selection *selection, const struct lane_options *lanes, int lane_count)
{
    struct job *job = calloc(1, sizeof *job);
    if (!job) {
        return NULL;
    }
    if (path) {
        job->path = malloc(strlen(path) + 1);
        if (!job->path) {
            free(job);
            return NULL;
        }
        strcpy(job->path, path);
    }
    if (selection) {
        job->selection = *selection;
    }
    memcpy(job->lanes, lanes, (size_t)lane_count * sizeof *lanes);
    job->lane_count = lane_count;
    atomic_store(&job->stage, path ? JOB_READS : JOB_RUNS);
    return job;
}

static bool fail(struct job *job, int code, const char *title, const char *detail)
{
    job->exit_code = code;
    snprintf(job->title, sizeof job->title, "%s", title);
    snprintf(job->detail, sizeof job->detail, "%s", detail);
    return false;
}

static bool fail_memory(struct job *job) { return fail(job, EXIT_MEMORY_CODE, "Out of memory", "This trace does not fit into memory."); }

static bool progress(void *ctx, uint64_t done, uint64_t all)
{
    struct job *job = ctx;
    atomic_store(&job->done, done);
    atomic_store(&job->all, all);
    return !atomic_load(&job->cancel) && !(job->whole && atomic_load(&job->whole->cancel));
}

static void list_heaps(struct job *job, const struct heaps_survey *survey)
{
    const struct trace_header *header = trace_header_of(job->trace);
    for (uint32_t i = 0; i < survey->count; i++) {
        char index[16];
        if (survey->needs[i].events == 0) {
            continue;
        }
        if (job->heap_count == MODEL_HEAPS) {
            job->heap_more++;
            continue;
        }
        struct model_heap *heap = &job->heaps[job->heap_count++];
        bool pool = heaps_is_pool(header, i);
        *heap = (struct model_heap){.events = survey->needs[i].events, .peak = survey->needs[i].peak.peak_bytes,
                                    .pool_block = pool ? header->heaps[i].pool_block : 0, .pool_count = pool ? header->heaps[i].pool_count : 0};
        snprintf(heap->key, sizeof heap->key, "%s", heaps_key(header, i, index));
        if (strcmp(heap->key, heaps_key(header, i, index)) != 0) { /* a long name is cut: its index names it too */
            snprintf(heap->key, sizeof heap->key, "%u", (unsigned)i);
        }
    }
}

/* One picture is of one heap: several are named, for --heap, and listed, to choose from. */
static bool has_one_heap(struct job *job)
{
    struct heaps_survey survey;
    char text[400];
    bool one = true;
    if (trace_header_of(job->trace)->heap_count > 1) {
        const bool known = heaps_survey_trace(&survey, job->trace);
        one = known && heaps_survey_used(&survey) < 2;
        if (!known) {
            fail_memory(job);
        } else if (!one) {
            heaps_survey_text(&survey, trace_header_of(job->trace), text, sizeof text);
            fail(job, EXIT_USAGE_CODE, "The trace has several heaps: choose one with --heap NAME", text);
            list_heaps(job, &survey);
        }
        heaps_survey_close(&survey);
    }
    return one;
}

/* What a lenient reader makes of a trace with errors; of one with a line that no reader understands, the whole events before it, and
 * *error becomes that of the line. NULL: nothing. */
static struct trace *read_before(struct job *job, struct trace_options *options, struct trace_error *error)
{
    struct trace_error again, last;
    struct trace_selection until = job->selection;
    options->lenient = true;
    struct trace *trace = trace_load(job->path, options, progress, job, &again);
    if (!trace && again.line > 0 && again.events > 0 && until.to.kind == TRACE_BOUND_NONE) {
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)again.events);
        until.to = (struct trace_bound){TRACE_BOUND_EVENT, again.events, number};
        options->selection = &until;
        trace = trace_load(job->path, options, progress, job, &last);
        options->selection = &job->selection;
        *error = trace ? again : *error;
    }
    return trace;
}

static void make_part(void *ctx, const struct trace *so_far);

static bool read_trace(struct job *job)
{
    struct trace_error error;
    struct trace_options options = {.selection = &job->selection, .growing = job->in_parts ? make_part : NULL, .growing_ctx = job};
    char title[160], detail[400];
    struct trace *trace = trace_load(job->path, &options, progress, job, &error);
    if (!trace && error.line > 0 && strcmp(job->path, "-") != 0) { /* show what comes before the error */
        trace = read_before(job, &options, &error);
        if (trace) {
            snprintf(job->banner, sizeof job->banner, "line %s: %s", format_count(error.line).s, trace_error_text(error.code));
            job->exit_code = trace_error_exit(error.code);
            trace_error_format(&error, job->detail, sizeof job->detail);
        }
    }
    if (!trace) {
        snprintf(title, sizeof title, error.line > 0 ? "Line %s cannot be read" : "The trace cannot be read", format_count(error.line).s);
        trace_error_format(&error, detail, sizeof detail);
        return fail(job, trace_error_exit(error.code), title, detail);
    }
    job->trace = trace;
    job->owns_trace = true;
    job->stopped = atomic_exchange(&job->cancel, false); /* what was read is run all the same */
    return job->selection.heap || has_one_heap(job);
}

static bool refuse(struct job *job, const char *policy, int error)
{
    char detail[200];
    snprintf(detail, sizeof detail, "%s: %s", policy, heap_error_text(error));
    return fail(job, EXIT_USAGE_CODE, "The policy refuses this heap", detail);
}

/* A heap that the trace calls a pool has, unless something else was asked for, blocks of that size, and exactly as many: as the command
 * `heaplab replay` has it. */
static void fit_pool(const struct job *job, struct lane_options *lane)
{
    const struct trace_header *header = trace_header_of(job->trace);
    uint32_t heap = job->selection.heap ? heaps_find(header, job->selection.heap) : UINT32_MAX;
    int error = 0;
    if (!heaps_is_pool(header, heap)) {
        return;
    }
    if (job->any_policy) {
        lane->policy = heap_policy_find("pool");
        memset(lane->params, 0, sizeof lane->params);
    }
    const struct heap_policy_inspect *inspect = lane->policy->inspect;
    if (!inspect || !(inspect->traits & HEAP_FIXED_SIZE)) {
        return;
    }
    for (uint32_t i = 0; inspect->params && inspect->params[i].key; i++) {
        if (strcmp(inspect->params[i].key, "block") == 0 && lane->params[i] == 0) {
            lane->params[i] = header->heaps[heap].pool_block;
        }
    }
    if (lane->heap_bytes == 0) {
        lane->heap_bytes = heaps_pool_bytes(lane, header->heaps[heap].pool_count, &error); /* 0: refused; the size is the usual one */
    }
}

static bool open_lanes(struct job *job)
{
    job->session = session_open(job->trace, 0);
    if (!job->session) {
        return fail_memory(job);
    }
    for (int i = 0; i < job->lane_count; i++) {
        int error = 0;
        struct lane_options lane = job->lanes[i]; /* a copy: the owner reads what was wanted meanwhile */
        fit_pool(job, &lane);
        lane.heap_bytes = lane.heap_bytes ? lane.heap_bytes : spec_default_heap(trace_peak_payload(job->trace));
        lane.track_owners = true;
        if (session_add_lane(job->session, &lane, &error) < 0) {
            return error == HEAP_OK ? fail_memory(job) : refuse(job, lane.policy->name, error);
        }
    }
    return true;
}

/* Where every lane first parts from lane 0; lane 0: the first of these. */
static void compare(struct job *job)
{
    for (int i = 1; i < job->lane_count; i++) {
        job->divergence[i] = (uint32_t)session_divergence(job->session, 0, i);
        if (job->divergence[i] > 0 && (job->divergence[0] == 0 || job->divergence[i] < job->divergence[0])) {
            job->divergence[0] = job->divergence[i];
        }
    }
}

static bool run_trace(struct job *job)
{
    atomic_store(&job->done, 0);
    atomic_store(&job->all, trace_count(job->trace));
    atomic_store(&job->stage, JOB_RUNS);
    if (trace_count(job->trace) >= UINT32_MAX - 1) {
        return fail(job, EXIT_MEMORY_CODE, "Too many events", "The viewer shows traces of less than 2^32 events.");
    }
    if (!open_lanes(job)) {
        return false;
    }
    if (!session_record_history(job->session, progress, job)) {
        return fail_memory(job);
    }
    bool whole = session_history(job->session, 0)->count == trace_count(job->trace);
    if (!whole && !job->owns_trace) {
        job->cancelled = true;
        return false;
    }
    job->stopped = job->stopped || !whole;
    for (int i = 0; i < job->lane_count; i++) {
        if (!source_run_make(&job->runs[i], job->trace, session_history(job->session, i))) {
            return fail_memory(job);
        }
        job->runs[i].grant = source_policy_grant(lane_options_of(session_lane(job->session, i)));
    }
    compare(job);
    return true;
}

/* ---- parts of what is being read ---- */

static bool part_is_due(const struct job *job, const struct trace *so_far)
{
    uint64_t done = atomic_load(&job->done), all = atomic_load(&job->all);
    bool one_heap = trace_header_of(so_far)->heap_count < 2 || job->selection.heap;
    bool early = all == 0 || done < all / PART_SHARE;
    return trace_count(so_far) >= job->next_part && trace_count(so_far) >= PART_FIRST && one_heap && early && !atomic_load(&job->cancel);
}

/* A copy of what was read runs like any trace; it takes the place of one that nobody has taken yet. Without memory there is none. */
static void make_part(void *ctx, const struct trace *so_far)
{
    struct job *job = ctx, *part = part_is_due(job, so_far) ? job_new(NULL, &job->selection, job->lanes, job->lane_count) : NULL;
    if (!part) {
        return;
    }
    job->next_part = trace_count(so_far) * PART_GROWTH;
    part->whole = job;
    part->any_policy = job->any_policy;
    part->selection = job->selection;
    part->trace = trace_copy(so_far);
    part->owns_trace = true;
    part->ok = part->trace && run_trace(part);
    if (part->ok && !part->stopped) {
        part = atomic_exchange(&job->part, part);
    }
    job_free(part);
}

/* ---- start to end ---- */

void job_run(struct job *job)
{
    job->ok = (!job->path || read_trace(job)) && run_trace(job);
    atomic_store(&job->finished, true);
}

static void *job_main(void *ctx)
{
    job_run(ctx);
    return NULL;
}

bool job_start(struct job *job)
{
    job->threaded = pthread_create(&job->thread, NULL, job_main, job) == 0;
    return job->threaded;
}

void job_join(struct job *job)
{
    if (job->threaded) {
        pthread_join(job->thread, NULL);
        job->threaded = false;
    }
}

void job_free(struct job *job)
{
    if (!job) {
        return;
    }
    for (int i = 0; i < JOB_LANES; i++) {
        source_run_end(&job->runs[i]);
    }
    job_free(atomic_load(&job->part));
    session_close(job->session);
    if (job->owns_trace) {
        trace_free(job->trace);
    }
    free(job->path);
    free(job);
}

/* What may keep a reader waiting for as long as another program likes. */
static bool is_pipe(const char *path)
{
    struct stat about;
    return strcmp(path, "-") == 0 || (stat(path, &about) == 0 && !S_ISREG(about.st_mode));
}

void job_abandon(struct job *job)
{
    if (!job) {
        return;
    }
    atomic_store(&job->cancel, true);
    bool pipe = job->path && is_pipe(job->path);
    if (job->threaded && pipe && !atomic_load(&job->finished)) {
        pthread_detach(job->thread);
        return;
    }
    while (job->threaded && !atomic_load(&job->finished)) { /* a load takes the first cancel for the end of reading */
        atomic_store(&job->cancel, true);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    job_join(job);
    job_free(job);
}
