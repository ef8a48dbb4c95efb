/* sweep_run.c: see sweep_run.h. */
#include "sweep_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "heaps.h"
#include "jobs.h"
#include "run.h"
#include "sweep_record.h"

#define EVENT_BYTES 40u /* of a trace in memory, at most */
#define CHECKPOINT_MS 1000u

/* Points of one trace and policy that one thread does one after the other, so that their smallest heap is looked for once. */
struct unit {
    uint32_t first, count; /* in pending[] */
};

/* What the threads share. */
struct sweep_work {
    struct sweep *sweep;
    struct sweep_log *log;
    struct sweep_error *error; /* of the first that failed */
    uint32_t *pending;         /* indices of points, in their order */
    size_t pending_count;
    struct unit *units;
    size_t unit_count, batch_first; /* the first unit of the batch being run */
    uint32_t first_trace, trace_end; /* the batch */
    pthread_mutex_t mutex;
    bool failed;
    size_t done;
    double *seconds, *events, *events_left; /* by policy: spent on how many events; and how many are to come */
    uint32_t trace, policy;    /* the last begun */
    uint64_t started_ms, synced_ms;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void fail_work(struct sweep_work *work, const struct sweep_error *error)
{
    pthread_mutex_lock(&work->mutex);
    if (!work->failed) {
        work->failed = true;
        *work->error = *error;
    }
    pthread_mutex_unlock(&work->mutex);
    atomic_store(&work->sweep->stop, true);
}

/* ---- reading traces ---- */

/* A run is of one heap. False: *error says why. */
static bool has_one_heap(const struct trace *trace, const char *file, struct sweep_error *error)
{
    struct heaps_survey survey;
    char text[512];
    bool one = true;
    if (trace_header_of(trace)->heap_count > 1) {
        one = heaps_survey_trace(&survey, trace);
        if (!one) {
            (void)sweep_fail(error, SWEEP_RESOURCES, "%s: out of memory", file);
        } else if (heaps_survey_used(&survey) > 1) {
            one = false;
            (void)sweep_fail(error, SWEEP_BAD_INPUT, "%s has several heaps: make a trace of each with 'heaplab convert --heap NAME'; it has %s", file,
                             heaps_survey_text(&survey, trace_header_of(trace), text, sizeof text));
        }
        heaps_survey_close(&survey);
    }
    return one;
}

/* NULL: *error says why. */
static struct trace *load(const struct sweep *sweep, size_t index, struct sweep_error *error)
{
    const struct trace_options options = {.lenient = sweep->plan->lenient, .zero_keeps = sweep_plan_any_faithful(sweep->plan)};
    struct trace_error problem;
    struct trace *trace = trace_load(sweep->plan->traces[index].file, &options, NULL, NULL, &problem);
    if (trace == NULL) {
        char text[1024];
        trace_error_format(&problem, text, sizeof text);
        (void)sweep_fail(error, trace_error_exit(problem.code), "%s", text);
        return NULL;
    }
    if (!has_one_heap(trace, sweep->plan->traces[index].file, error)) {
        trace_free(trace);
        return NULL;
    }
    return trace;
}

static void drop(struct sweep *sweep, size_t index)
{
    trace_free(sweep->traces[index]);
    sweep->traces[index] = NULL;
}

static uint64_t trace_bytes_of(const struct sweep *sweep, size_t index)
{
    return sweep->points.traces[index].events * EVENT_BYTES;
}

/* Reads a trace for what the points need to know, and keeps it in memory where there is room. */
static void look(void *ctx, size_t index)
{
    struct sweep_work *work = ctx;
    struct sweep *sweep = work->sweep;
    struct sweep_trace *facts = &sweep->points.traces[index];
    struct sweep_error error = {0};
    if (atomic_load(&sweep->stop)) {
        return;
    }
    struct trace *trace = load(sweep, index, &error);
    if (trace == NULL) {
        fail_work(work, &error);
        return;
    }
    const uint64_t hash = sweep_hash_trace(trace);
    pthread_mutex_lock(&work->mutex);
    *facts = (struct sweep_trace){facts->path, hash, trace_count(trace), trace_peak_payload(trace)};
    if (sweep->options.loaded != NULL) {
        sweep->options.loaded(sweep->options.ctx, sweep->plan->traces[index].path, trace);
    }
    uint64_t used = trace_bytes_of(sweep, index);
    for (size_t i = 0; i < sweep->points.trace_count; i++) {
        used += sweep->traces[i] != NULL ? trace_bytes_of(sweep, i) : 0;
    }
    const bool kept = used <= sweep->options.budget_bytes;
    sweep->traces[index] = kept ? trace : NULL;
    pthread_mutex_unlock(&work->mutex);
    if (!kept) {
        trace_free(trace);
    }
}

static void tick_looking(void *ctx, size_t done)
{
    struct sweep_work *work = ctx;
    const struct sweep_progress progress = {.done = done, .all = work->sweep->plan->trace_count, .seconds_left = -1};
    work->sweep->options.tick(work->sweep->options.ctx, &progress);
}

bool sweep_open(struct sweep *sweep, const struct sweep_plan *plan, const struct sweep_options *options, struct sweep_error *error)
{
    *sweep = (struct sweep){.plan = plan, .options = *options};
    sweep->options.budget_bytes = options->budget_bytes == 0 ? SWEEP_BUDGET_BYTES : options->budget_bytes;
    sweep->traces = calloc(plan->trace_count, sizeof *sweep->traces);
    if (sweep->traces == NULL) {
        return sweep_fail_memory(error);
    }
    if (!sweep_points_of_plan(&sweep->points, plan, options->program, error)) {
        return false;
    }
    struct sweep_work work = {.sweep = sweep, .error = error};
    pthread_mutex_init(&work.mutex, NULL);
    jobs_run_on(options->threads, plan->trace_count, look, &work, options->tick != NULL ? tick_looking : NULL, &work);
    pthread_mutex_destroy(&work.mutex);
    if (!work.failed && atomic_load(&sweep->stop)) {
        return sweep_fail(error, SWEEP_RESOURCES, "stopped while the traces were read");
    }
    return !work.failed && sweep_points_make(&sweep->points, error);
}

void sweep_close(struct sweep *sweep)
{
    for (size_t i = 0; sweep->traces != NULL && i < sweep->plan->trace_count; i++) {
        drop(sweep, i);
    }
    free(sweep->traces);
    sweep_points_free(&sweep->points);
}

/* ---- what is to be done ---- */

static bool is_pending(const struct sweep *sweep, const struct sweep_log *log, size_t index)
{
    const bool mine = sweep->options.shards == 0 || sweep_point_in_shard(&sweep->points, index, sweep->options.shard, sweep->options.shards);
    return mine && (log == NULL || log->results.places[index].length == 0);
}

size_t sweep_count(const struct sweep *sweep, const struct sweep_log *log)
{
    size_t count = 0;
    for (size_t i = 0; i < sweep->points.count; i++) {
        count += is_pending(sweep, log, i);
    }
    return count;
}

static bool list_units(struct sweep_work *work)
{
    const struct sweep *sweep = work->sweep;
    const struct sweep_points *points = &sweep->points;
    const bool together = sweep_searches(points);
    work->pending = calloc(points->count, sizeof *work->pending);
    work->units = calloc(points->count, sizeof *work->units);
    work->seconds = calloc(3 * points->policy_count, sizeof *work->seconds);
    if (work->pending == NULL || work->units == NULL || work->seconds == NULL) {
        return false;
    }
    work->events = work->seconds + points->policy_count;
    work->events_left = work->events + points->policy_count;
    uint64_t group = 0;
    for (size_t i = 0; i < points->count; i++) {
        if (!is_pending(sweep, work->log, i)) {
            continue;
        }
        const struct sweep_point *point = &points->items[i];
        if (work->unit_count == 0 || !together || point->group != group) {
            work->units[work->unit_count++] = (struct unit){(uint32_t)work->pending_count, 0};
            work->events_left[point->policy] += (double)points->traces[point->trace].events + 1;
        }
        group = point->group;
        work->units[work->unit_count - 1].count++;
        work->pending[work->pending_count++] = (uint32_t)i;
    }
    return true;
}

static const struct sweep_point *point_of_unit(const struct sweep_work *work, size_t unit)
{
    return &work->sweep->points.items[work->pending[work->units[unit].first]];
}

/* ---- running ---- */

static bool is_stopped(void *ctx)
{
    struct sweep *sweep = ctx;
    return atomic_load(&sweep->stop);
}

/* What a unit's points have in common. */
struct task {
    struct sweep_work *work;
    const struct trace *trace;
    struct lane_options options;
    struct search_result search;
    bool searched;
};

static bool search(struct task *task, struct sweep_error *error)
{
    struct sweep *sweep = task->work->sweep;
    bool ok = search_min_heap(task->trace, &task->options, is_stopped, sweep, &task->search);
    if (ok && sweep->points.safe_heap && !is_stopped(sweep)) {
        ok = search_safe_heap(task->trace, &task->options, SEARCH_SAMPLES, false, &task->search);
    }
    task->searched = true;
    return ok || sweep_fail_memory(error);
}

static bool run_point(struct task *task, size_t index, struct sweep_error *error)
{
    struct sweep_work *work = task->work;
    const struct sweep_points *points = &work->sweep->points;
    const struct sweep_point *point = &points->items[index];
    const bool smallest = point->heap_bytes == 0;
    struct sweep_outcome outcome = {.options = task->options, .search = points->min_heap || points->safe_heap || smallest ? &task->search : NULL};
    outcome.options.heap_bytes = smallest ? (uint32_t)task->search.arena_bytes : point->heap_bytes;
    if (smallest && !task->search.found) {
        outcome.options.heap_bytes = 0;
        outcome.refusal = task->search.platform ? "its blocks are the platform's: its heap has no size of its own" : "no heap serves this trace";
    } else {
        int why = HEAP_OK;
        outcome.lane = run_trace(task->trace, &outcome.options, NULL, &why);
        if (outcome.lane == NULL && why == HEAP_OK) {
            return sweep_fail(error, SWEEP_RESOURCES, "no memory for a heap of %" PRIu32 " bytes", outcome.options.heap_bytes);
        }
        outcome.refusal = heap_error_text(why);
    }
    char *line = sweep_record(points, index, &outcome);
    lane_close(outcome.lane);
    if (line == NULL) {
        return sweep_fail_memory(error);
    }
    const bool appended = sweep_log_append(work->log, index, line);
    free(line);
    return appended || sweep_fail(error, SWEEP_RESOURCES, "cannot write %s: %s; what is there stays valid: the same command goes on", work->log->path,
                                  strerror(work->log->failed_errno));
}

static bool needs_search(const struct sweep_work *work, const struct unit *unit)
{
    const struct sweep_points *points = &work->sweep->points;
    bool needs = points->min_heap || points->safe_heap;
    for (uint32_t i = 0; i < unit->count; i++) {
        needs = needs || points->items[work->pending[unit->first + i]].heap_bytes == 0;
    }
    return needs;
}

static void begin_unit(struct sweep_work *work, const struct sweep_point *point)
{
    pthread_mutex_lock(&work->mutex);
    work->trace = point->trace;
    work->policy = point->policy;
    pthread_mutex_unlock(&work->mutex);
}

static void end_unit(struct sweep_work *work, const struct sweep_point *point, uint64_t spent_ms)
{
    const double events = (double)work->sweep->points.traces[point->trace].events + 1;
    pthread_mutex_lock(&work->mutex);
    work->seconds[point->policy] += (double)spent_ms / 1000;
    work->events[point->policy] += events;
    work->events_left[point->policy] -= events;
    pthread_mutex_unlock(&work->mutex);
}

static void run_unit(void *ctx, size_t index)
{
    struct sweep_work *work = ctx;
    const struct unit *unit = &work->units[work->batch_first + index];
    const struct sweep_point *point = point_of_unit(work, work->batch_first + index);
    struct sweep_error error = {0};
    struct task task = {.work = work, .trace = work->sweep->traces[point->trace], .options = work->sweep->plan->specs[point->policy].options};
    const uint64_t started = now_ms();
    if (is_stopped(work->sweep)) {
        return;
    }
    begin_unit(work, point);
    bool ok = !needs_search(work, unit) || search(&task, &error);
    for (uint32_t i = 0; i < unit->count && ok && !is_stopped(work->sweep); i++) {
        ok = run_point(&task, work->pending[unit->first + i], &error);
        pthread_mutex_lock(&work->mutex);
        work->done += ok;
        pthread_mutex_unlock(&work->mutex);
    }
    end_unit(work, point, now_ms() - started);
    if (!ok) {
        fail_work(work, &error);
    }
}

/* ---- progress ---- */

/* Events to come, each at its policy's own speed, or at the mean speed where it has not run yet; on all threads at once. */
static double seconds_left(const struct sweep_work *work)
{
    const size_t policies = work->sweep->points.policy_count;
    double seconds = 0, events = 0, left = 0;
    for (size_t i = 0; i < policies; i++) {
        seconds += work->seconds[i];
        events += work->events[i];
    }
    for (size_t i = 0; i < policies && events > 0; i++) {
        const bool known = work->events[i] > 0;
        left += work->events_left[i] * (known ? work->seconds[i] / work->events[i] : seconds / events);
    }
    const size_t threads = work->sweep->options.threads != 0 ? work->sweep->options.threads : jobs_cores();
    return events > 0 ? left / (double)threads : -1;
}

static void tick_running(void *ctx, size_t done)
{
    struct sweep_work *work = ctx;
    struct sweep *sweep = work->sweep;
    const uint64_t now = now_ms();
    (void)done;
    pthread_mutex_lock(&work->mutex);
    const double spent = (double)(now - work->started_ms) / 1000;
    const struct sweep_progress progress = {.done = work->done, .all = work->pending_count, .seconds_left = seconds_left(work),
                                            .points_per_second = spent > 0 ? (double)work->done / spent : 0,
                                            .trace = sweep->points.traces[work->trace].path, .policy = sweep->points.policies[work->policy]};
    pthread_mutex_unlock(&work->mutex);
    if (now - work->synced_ms >= CHECKPOINT_MS) {
        struct sweep_error error = {0};
        work->synced_ms = now;
        if (!sweep_log_checkpoint(work->log)) {
            (void)sweep_fail(&error, SWEEP_RESOURCES, "cannot write %s: %s", work->log->path, strerror(errno));
            fail_work(work, &error);
        }
    }
    if (sweep->options.tick != NULL) {
        sweep->options.tick(sweep->options.ctx, &progress);
    }
}

/* ---- batches: as many traces as fit the budget ---- */

static void load_again(void *ctx, size_t index)
{
    struct sweep_work *work = ctx;
    struct sweep *sweep = work->sweep;
    struct sweep_error error = {0};
    const size_t trace = work->first_trace + index;
    if (sweep->traces[trace] != NULL || is_stopped(sweep)) {
        return;
    }
    sweep->traces[trace] = load(sweep, trace, &error);
    if (sweep->traces[trace] == NULL) {
        fail_work(work, &error);
    } else if (sweep_hash_trace(sweep->traces[trace]) != sweep->points.traces[trace].hash) {
        (void)sweep_fail(&error, SWEEP_BAD_INPUT, "%s: found another content than a moment ago, expected the file not to change",
                         sweep->plan->traces[trace].file);
        fail_work(work, &error);
    }
}

/* The traces of the units from batch_first on that fit together; at least one. The first unit behind them. */
static size_t choose_batch(struct sweep_work *work)
{
    const struct sweep *sweep = work->sweep;
    size_t end = work->batch_first;
    uint64_t bytes = 0;
    work->first_trace = work->trace_end = point_of_unit(work, end)->trace;
    for (; end < work->unit_count; end++) {
        const uint32_t trace = point_of_unit(work, end)->trace;
        if (trace >= work->trace_end) {
            uint64_t more = 0;
            for (uint32_t i = work->trace_end; i <= trace; i++) {
                more += trace_bytes_of(sweep, i);
            }
            if (end > work->batch_first && bytes + more > sweep->options.budget_bytes) {
                break;
            }
            bytes += more;
            work->trace_end = trace + 1;
        }
    }
    return end;
}

static void run_batches(struct sweep_work *work)
{
    struct sweep *sweep = work->sweep;
    while (work->batch_first < work->unit_count && !is_stopped(sweep)) {
        const size_t end = choose_batch(work);
        for (size_t i = 0; i < sweep->points.trace_count; i++) {
            if ((i < work->first_trace || i >= work->trace_end) && sweep->traces[i] != NULL) {
                drop(sweep, i);
            }
        }
        jobs_run_on(sweep->options.threads, work->trace_end - work->first_trace, load_again, work, tick_running, work);
        if (!is_stopped(sweep)) {
            jobs_run_on(sweep->options.threads, end - work->batch_first, run_unit, work, tick_running, work);
        }
        work->batch_first = end;
    }
}

bool sweep_run(struct sweep *sweep, struct sweep_log *log, struct sweep_error *error)
{
    struct sweep_work work = {.sweep = sweep, .log = log, .error = error, .started_ms = now_ms(), .synced_ms = now_ms()};
    pthread_mutex_init(&work.mutex, NULL);
    bool ok = list_units(&work) || sweep_fail_memory(error);
    if (ok) {
        run_batches(&work);
        ok = !work.failed;
    }
    free(work.pending);
    free(work.units);
    free(work.seconds);
    pthread_mutex_destroy(&work.mutex);
    return ok;
}
