/* source_work.c: which jobs there are, and when: loading, what-if, cancelling. */
#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "source_parts.h"
#include "spec.h"

static bool say(char *why, size_t why_size, const char *text)
{
    snprintf(why, why_size, "%s", text);
    return false;
}

/* ---- what a job is called ---- */

static void describe_work(struct source *source)
{
    const struct job *job = source->job;
    struct source_work *work = &source->work;
    struct model *model = &source->models[0];
    work->load = job->path != NULL;
    work->done = atomic_load(&job->done);
    work->all = atomic_load(&job->all);
    bool reads = atomic_load(&job->stage) == JOB_READS;
    if (source->shows_part) { /* the bar's head names the trace */
        unsigned percent = work->all > 0 ? (unsigned)(work->done * 100 / work->all) : 0;
        snprintf(work->what, sizeof work->what, reads ? "Reading, %u %%: the first %s events are shown" : "Running, %u %%: the first %s events are shown",
                 percent, format_count(model->count).s);
    } else if (reads) {
        snprintf(work->what, sizeof work->what, "Reading %.140s", job->path);
    } else if (job->lane_count == 1 && job->lanes[0].heap_bytes == 0) {
        snprintf(work->what, sizeof work->what, "Running %s", job->lanes[0].policy->name);
    } else if (job->lane_count == 1) {
        snprintf(work->what, sizeof work->what, "Running %s on %s", job->lanes[0].policy->name, format_exact(job->lanes[0].heap_bytes).s);
    } else {
        snprintf(work->what, sizeof work->what, "Running %d lanes", job->lane_count);
    }
    if (model->state == MODEL_LOADING) {
        model->progress_done = work->done;
        model->progress_all = work->all;
        snprintf(model->title, sizeof model->title, "%s", work->what);
        snprintf(model->detail, sizeof model->detail, "%s", reads ? "" : "The whole trace runs once, for its history.");
    }
}

static void describe_seek(struct source *source)
{
    struct source_work *work = &source->work;
    work->load = false;
    work->done = session_position(source->session) - source->seek_from;
    work->all = source->seek_to - source->seek_from;
    snprintf(work->what, sizeof work->what, "Going to event %s", format_count(source->seek_to).s);
}

const struct source_work *source_work(const struct source *source)
{
    bool job = source->work_shown && source->job && !source->job->dismissed;
    return job || source->seeking ? &source->work : NULL;
}

bool source_busy(const struct source *source) { return source->job != NULL || source->seeking; }
bool source_shows_part(const struct source *source) { return source->shows_part; }

/* ---- beginning and ending ---- */

static void finish(struct source *source, enum source_news *news, char *why, size_t why_size)
{
    struct job *job = source->job;
    job_join(job);
    source->job = NULL;
    *news = job->dismissed ? SOURCE_NOTHING : source_take_over(source, job, why, why_size);
    job_free(job);
}

/* Does a job at once, or on a thread; one that is under way is dismissed first, and this one waits for its end. */
static bool begin(struct source *source, struct job *job)
{
    if (!job) {
        return false;
    }
    if (!source->options.background) {
        job_run(job);
        source->job = job;
        finish(source, &source->news, source->why, sizeof source->why);
        return true;
    }
    if (source->job) {
        source->job->dismissed = true;
        atomic_store(&source->job->cancel, true);
        job_free(source->next);
        source->next = job;
        return true;
    }
    source->job = job;
    job->in_parts = true;
    if (!job_start(job)) { /* no thread to be had: the picture stands still meanwhile */
        job_run(job);
    }
    describe_work(source);
    source->work_shown = true;
    return true;
}

enum source_news source_poll(struct source *source, char *why, size_t why_size)
{
    enum source_news news = source->news;
    source->news = SOURCE_NOTHING;
    snprintf(why, why_size, "%s", source->why);
    if (source->seeking) {
        source_seek_on(source);
        describe_seek(source);
        if (!source->seeking && news == SOURCE_NOTHING) {
            news = SOURCE_CHANGED;
        }
        return news; /* a job that has finished waits for the next call */
    }
    if (!source->job) {
        return news;
    }
    if (source->job->dismissed) {
        atomic_store(&source->job->cancel, true); /* a load takes the first one for the end of reading */
    }
    if (!atomic_load(&source->job->finished)) {
        struct job *part = source->job->dismissed ? NULL : atomic_exchange(&source->job->part, NULL);
        if (part) {
            news = source_take_over(source, part, why, why_size);
            job_free(part);
        }
        if (!source->job->dismissed) {
            describe_work(source);
        }
        return news;
    }
    finish(source, &news, why, why_size);
    source->work_shown = false;
    if (source->next) {
        struct job *next = source->next;
        source->next = NULL;
        begin(source, next);
    }
    return news;
}

void source_cancel(struct source *source)
{
    if (source->seeking) {
        source_seek_stop(source);
        source->news = SOURCE_CANCELLED;
        return;
    }
    if (source->job) {
        atomic_store(&source->job->cancel, true);
    }
    job_free(source->next);
    source->next = NULL;
}

/* ---- loading ---- */

static bool refuse(struct source *source, const char *why)
{
    source->models[0].state = MODEL_ERROR;
    source->exit_code = 2;
    source->news = SOURCE_OPENED;
    snprintf(source->models[0].title, sizeof source->models[0].title, "This policy cannot run");
    snprintf(source->models[0].detail, sizeof source->models[0].detail, "%s", why);
    return false;
}

/* The lanes that the options ask for: policies beside sizes, one of the two given once or as often as the other. Their number, or 0. */
static int wanted_lanes(struct source *source, struct lane_options *lanes, char *why, size_t why_size)
{
    const struct source_options *options = &source->options;
    struct spec_list *specs = calloc(1, sizeof *specs);
    int count = 0;
    if (!specs) {
        say(why, why_size, "out of memory");
    } else if (spec_parse(specs, options->policy ? options->policy : "tlsf", why, why_size)) {
        int policies = (int)specs->count, sizes = options->heap_count > 1 ? options->heap_count : 1;
        count = policies > sizes ? policies : sizes;
        if (count > MODEL_LANES || (policies > 1 && sizes > 1 && policies != sizes)) {
            snprintf(why, why_size, "found %d policies and %d heap sizes, expected one to four lanes", policies, sizes);
            count = 0;
        }
        for (int i = 0; i < count; i++) {
            lanes[i] = specs->items[policies > 1 ? i : 0].options;
            lanes[i].heap_bytes = i > 0 && sizes > 1 ? options->more_heaps[i - 1] : options->heap_bytes;
        }
    }
    free(specs);
    return count;
}

static bool load(struct source *source, struct job *job)
{
    source->shows_part = false; /* what stands there is another trace's from now on */
    if (source->models[0].state != MODEL_READY) {
        source->models[0].state = MODEL_LOADING;
        source->exit_code = 0;
    }
    return (begin(source, job) && (source->options.background || source->models[0].state == MODEL_READY)) ||
           (job ? false : refuse(source, "out of memory"));
}

bool source_load(struct source *source, const char *path, const struct trace_selection *selection)
{
    struct lane_options lanes[MODEL_LANES];
    char why[240];
    int count = wanted_lanes(source, lanes, why, sizeof why);
    struct job *job = count > 0 ? job_new(path, selection, lanes, count) : NULL;
    if (job) {
        job->any_policy = source->options.policy == NULL;
    }
    return count > 0 ? load(source, job) : refuse(source, why);
}

bool source_take(struct source *source, struct trace *trace)
{
    struct lane_options lanes[MODEL_LANES];
    char why[240];
    int count = wanted_lanes(source, lanes, why, sizeof why);
    struct job *job = count > 0 ? job_new(NULL, NULL, lanes, count) : NULL;
    if (!job) {
        trace_free(trace);
        return refuse(source, count > 0 ? "out of memory" : why);
    }
    job->trace = trace;
    job->owns_trace = true;
    job_run(job);
    bool ok = job->ok;
    source->news = source_take_over(source, job, source->why, sizeof source->why);
    job_free(job);
    return ok && source->models[0].state == MODEL_READY;
}

/* ---- what-if ---- */

/* Another policy: with the choices made for the old one that it takes too. */
static void change_policy(struct lane_options *lane, const struct heap_policy *policy)
{
    lane->policy = policy;
    memset(lane->params, 0, sizeof lane->params);
    lane->alignment = spec_takes(policy, "align") ? lane->alignment : 0;
    lane->checks = spec_takes(policy, "checks") ? lane->checks : 0;
    lane->guarded = lane->guarded && spec_takes(policy, "guard");
}

/* Does the lane's policy leave a choice of what shall be changed? */
static bool takes_change(const struct lane_options *lane, enum source_what what)
{
    return (what != SOURCE_ALIGNMENT || spec_takes(lane->policy, "align")) && (what != SOURCE_CHECKS || spec_takes(lane->policy, "checks"));
}

static void change_lane(struct lane_options *lane, const struct source_change *change)
{
    switch (change->what) {
    case SOURCE_POLICY: change_policy(lane, heap_policies[change->value]); break;
    case SOURCE_HEAP_BYTES:
        lane->heap_bytes = change->value;
        lane->region_count = 0; /* an open lane names its one region */
        break;
    case SOURCE_ALIGNMENT: lane->alignment = change->value; break;
    case SOURCE_CHECKS: lane->checks = change->value; break;
    case SOURCE_ADD_LANE:
    case SOURCE_REMOVE_LANE: break; /* of no lane that stands already */
    }
}

/* Another lane behind the `count` that there are: as the change's, with its choices where the policy is the same. */
static void add_lane(struct lane_options *lanes, int count, const struct source_change *change)
{
    struct lane_options *added = &lanes[count];
    *added = lanes[change->lane];
    if (added->policy != heap_policies[change->value]) {
        change_lane(added, &(struct source_change){.what = SOURCE_POLICY, .value = change->value});
    }
    if (change->heap_bytes) {
        change_lane(added, &(struct source_change){.what = SOURCE_HEAP_BYTES, .value = change->heap_bytes});
    }
}

/* The lanes that there will be; 0: the change cannot be made. */
static int change_lanes(struct lane_options *lanes, int count, const struct source_change *change, char *why, size_t why_size)
{
    if (change->what == SOURCE_ADD_LANE) {
        if (count == MODEL_LANES) {
            say(why, why_size, "Four lanes run side by side, no more.");
            return 0;
        }
        add_lane(lanes, count, change);
        return count + 1;
    }
    if (change->what == SOURCE_REMOVE_LANE) {
        if (count == 1) {
            say(why, why_size, "The last one stays.");
            return 0;
        }
        memmove(&lanes[change->lane], &lanes[change->lane + 1], (size_t)(count - 1 - (int)change->lane) * sizeof *lanes);
        return count - 1;
    }
    return count;
}

bool source_change(struct source *source, const struct source_change *change, char *why, size_t why_size)
{
    struct lane_options lanes[MODEL_LANES];
    const struct job *last = source->next ? source->next : source->job; /* one change on top of another that is under way */
    bool policy = change->what == SOURCE_POLICY || change->what == SOURCE_ADD_LANE;
    bool one_lane = change->what == SOURCE_ADD_LANE || change->what == SOURCE_REMOVE_LANE;
    if (source->models[0].state != MODEL_READY || (policy && change->value >= heap_policy_count) ||
        (one_lane && change->lane >= (uint32_t)source->lane_count)) {
        return say(why, why_size, "");
    }
    if (last && last->path) {
        return say(why, why_size, "A trace is being opened.");
    }
    if (last && !atomic_load(&last->cancel) && last->lane_count != source->lane_count) { /* the letters are about to change */
        return say(why, why_size, "A lane is being added or removed.");
    }
    for (int i = 0; i < source->lane_count; i++) {
        lanes[i] = last && !atomic_load(&last->cancel) ? last->lanes[i] : *lane_options_of(session_lane(source->session, i));
        if (change->lane == (uint32_t)i || change->lane == SOURCE_ALL_LANES) {
            if (!takes_change(&lanes[i], change->what)) {
                return say(why, why_size, "This policy leaves no choice there.");
            }
            change_lane(&lanes[i], change);
        }
    }
    int count = change_lanes(lanes, source->lane_count, change, why, why_size);
    if (count == 0) {
        return false;
    }
    struct job *job = job_new(NULL, NULL, lanes, count);
    if (!job) {
        return say(why, why_size, "out of memory");
    }
    job->trace = source->trace;
    begin(source, job);
    if (source->news == SOURCE_REFUSED) { /* done at once, in vain */
        source->news = SOURCE_NOTHING;
        return say(why, why_size, source->why);
    }
    return true;
}
