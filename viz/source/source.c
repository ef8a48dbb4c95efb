/* source.c: session -> models, one a lane; jobs handed over.
 *
 * A seek reads every lane's spans into its model's arrays: O(spans). Loading and changing the policy run the whole trace once for the
 * history. Everything a model points to lives as long as the source, or until the next call that changes it.
 */
#include "source.h"

#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heaps.h"
#include "source_parts.h"
#include "spec.h"

/* Events that a seek in the background runs before the next picture: more than lie between two keyframes of a heap of 64 MiB, so most
 * seeks are done at once, and less than a tenth of a second. */
#define SEEK_WORK (1u << 18)

static bool fail(struct source *source, int code, const char *title, const char *detail)
{
    source->models[0].state = MODEL_ERROR;
    source->exit_code = code;
    source->seeking = false; /* there is nowhere to go any more */
    snprintf(source->models[0].title, sizeof source->models[0].title, "%s", title);
    snprintf(source->models[0].detail, sizeof source->models[0].detail, "%s", detail);
    return false;
}

static bool fail_memory(struct source *source)
{
    return fail(source, SOURCE_EXIT_MEMORY, "Out of memory", "This trace does not fit into memory.");
}

/* What stays from trace to trace. */
static void model_begin(struct source *source, struct model *model)
{
    *model = (struct model){.policy_names = source->policy_names, .policy_ideas = source->policy_ideas,
                            .policy_count = (uint32_t)heap_policy_count, .arena_base = source->options.arena_base,
                            .run_version = model->run_version + 1, .spans_version = model->spans_version + 1};
}

struct source *source_new(const struct source_options *options)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source) {
        return NULL;
    }
    source->options = *options;
    source->lane_count = 1;
    source->policy_names = calloc(heap_policy_count + 1, sizeof *source->policy_names);
    source->policy_ideas = calloc(heap_policy_count + 1, sizeof *source->policy_ideas);
    if (!source->policy_names || !source->policy_ideas) {
        source_free(source);
        return NULL;
    }
    for (size_t i = 0; i < heap_policy_count; i++) {
        source->policy_names[i] = heap_policies[i]->name;
        source->policy_ideas[i] = heap_policies[i]->inspect ? heap_policies[i]->inspect->idea : NULL;
    }
    for (int i = 0; i < MODEL_LANES; i++) {
        model_begin(source, &source->models[i]);
    }
    snprintf(source->models[0].title, sizeof source->models[0].title, "No trace yet");
    snprintf(source->models[0].detail, sizeof source->models[0].detail, "Drop a trace here, or start heaplab-view with the name of one.");
    return source;
}

/* Back to empty models; the policies stay. */
static void unload(struct source *source)
{
    for (int i = 0; i < MODEL_LANES; i++) {
        source_lane_end(&source->lanes[i]);
        model_begin(source, &source->models[i]);
    }
    session_close(source->session);
    trace_free(source->trace);
    free(source->threads);
    free(source->known);
    free(source->anomalies);
    source->anomalies = NULL;
    source->exit_code = 0;
    source->seeking = false;
    source->lane_count = 1;
    source->known = NULL;
    source->session = NULL;
    source->trace = NULL;
    source->threads = NULL;
}

void source_free(struct source *source)
{
    if (!source) {
        return;
    }
    job_abandon(source->job);
    job_free(source->next);
    unload(source);
    free(source->policy_names);
    free(source->policy_ideas);
    free(source);
}

/* ---- at the cursor ---- */

/* Everything that the models say of the session's position, and what is wanted beyond. */
static bool read_models(struct source *source)
{
    for (int i = 0; i < source->lane_count; i++) {
        struct model *model = &source->models[i];
        struct lane *lane = session_lane(source->session, i);
        bool kinds_only = (source->wants & MODEL_WANT_KINDS) && source->lane_count == 1;
        if (!source_lane_read(model, &source->lanes[i], source->session, i, source->known, kinds_only)) {
            return false;
        }
        if ((source->wants & MODEL_WANT_BINS) && !source_bins_read(model, &source->lanes[i], lane)) {
            return false;
        }
        source_policy_maps(model, lane_heap(lane));
        model->memory = (source->wants & MODEL_WANT_BYTES) && lane_has_image(lane) ? lane_heap(lane)->base : NULL;
    }
    return true;
}

/* The session stands at the event, or, where the search of that event is wanted, just before it. */
static bool arrive(struct source *source, uint32_t event, bool with_search)
{
    source->seeking = false;
    for (int i = 0; i < source->lane_count; i++) {
        source->models[i].search = (struct model_search){.made = false};
    }
    return (!with_search || source_search_record(source->models, source->lanes, source->session, event)) && read_models(source);
}

bool source_seek_on(struct source *source)
{
    uint32_t event = source->seek_to;
    bool with_search = (source->wants & MODEL_WANT_SEARCH) && event > 0;
    uint64_t stop = with_search ? event - 1 : event, work = source->options.seek_work ? source->options.seek_work : SEEK_WORK;
    work = source->options.background ? work : UINT64_MAX;
    bool ok = session_seek_some(source->session, stop, work);
    if (ok && session_position(source->session) < stop) {
        source->seek_from = source->seeking ? source->seek_from : (uint32_t)session_position(source->session);
        source->seeking = true;
        for (int i = 0; i < source->lane_count; i++) {
            source->models[i].memory = NULL; /* it is another event's already */
        }
        return true;
    }
    return (ok && arrive(source, event, with_search)) || fail_memory(source);
}

void source_seek_stop(struct source *source)
{
    if (!arrive(source, 0, false)) {
        fail_memory(source);
    }
}

bool source_seek(struct source *source, uint32_t event)
{
    if (source->models[0].state != MODEL_READY) {
        return true;
    }
    if (event > source->models[0].count) {
        event = source->models[0].count;
    }
    source->seek_to = event;
    source->seeking = false;
    return source_seek_on(source);
}

uint32_t source_target(const struct source *source) { return source->seeking ? source->seek_to : source->models[0].event; }

void source_want(struct source *source, uint32_t wants)
{
    if (source->wants == wants) {
        return;
    }
    bool whole = source->models[0].zones && !(wants & MODEL_WANT_KINDS); /* spans and blocks hold as long as there is no other event */
    bool more = (wants & ~source->wants & ~(uint32_t)MODEL_WANT_KINDS) != 0 || whole;
    source->wants = wants;
    if (more) {
        source_seek(source, source_target(source));
    }
    for (int i = 0; i < source->lane_count; i++) { /* what nobody asks for any more is not kept up to date */
        struct model *model = &source->models[i];
        model->search.made = model->search.made && (wants & MODEL_WANT_SEARCH);
        model->bins = wants & MODEL_WANT_BINS ? model->bins : (struct model_bins){.kind = MODEL_BINS_NONE};
        model->memory = wants & MODEL_WANT_BYTES ? model->memory : NULL;
    }
}

uint64_t source_event_id(const struct source *source, uint32_t event, bool *frees)
{
    struct trace_event of;
    *frees = false;
    if (source->models[0].state != MODEL_READY || event == 0 || event > source->models[0].count) {
        return 0;
    }
    trace_get(source->trace, event - 1, &of);
    *frees = of.op == TRACE_FREE;
    return of.id;
}

bool source_event_at_time(const struct source *source, uint64_t t, uint32_t *event)
{
    struct trace_event of;
    if (source->models[0].state != MODEL_READY) {
        return false;
    }
    uint32_t low = 0, high = source->models[0].count; /* a reader lets no time go backwards */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        trace_get(source->trace, middle, &of);
        if (of.t < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *event = low + 1;
    return low < source->models[0].count;
}

/* ---- taking a job's run over ---- */

/* Models of the run that stands in the session; at event 0. */
static bool describe(struct source *source)
{
    for (int i = 0; i < source->lane_count; i++) {
        struct model *model = &source->models[i];
        source_lane_describe(model, &source->lanes[i], source->session, i);
        model->run_version++;
        model->state = MODEL_READY;
    }
    if (!session_seek(source->session, 0) || !read_models(source)) {
        return false;
    }
    for (int i = 0; i < source->lane_count; i++) {
        struct model *model = &source->models[i];
        model->history.start_free = (uint32_t)model->kind_bytes[KIND_FREE];
        model->history.start_largest = model->largest_bytes;
        if (!source_lane_keep_fixed(model, &source->lanes[i])) {
            return false;
        }
    }
    return true;
}

static bool name_threads(struct source *source, const struct trace_header *header)
{
    source->threads = calloc((size_t)header->thread_count + 1, sizeof *source->threads);
    for (uint32_t i = 0; source->threads && i < header->thread_count; i++) {
        source->threads[i] = header->threads[i].name;
    }
    for (int i = 0; i < MODEL_LANES; i++) {
        struct model *model = &source->models[i];
        model->trace_name = header->name ? header->name : "unnamed";
        model->has_sites = trace_has_sites(source->trace);
        model->has_threads = trace_has_threads(source->trace);
        model->sites = header->sites;
        model->site_count = model->has_sites ? header->site_count : 0;
        model->thread_count = model->has_threads ? header->thread_count : 0;
        model->threads = source->threads;
    }
    return source->threads != NULL;
}

/* Which allocation the lanes first place differently. */
static void note_divergence(const struct source *source, struct model *model, uint32_t event)
{
    struct trace_event of;
    model->divergence = event;
    model->divergence_id = model->divergence_wanted = 0;
    if (event > 0) {
        trace_get(source->trace, event - 1, &of);
        model->divergence_id = of.id;
        model->divergence_wanted = source_run_wanted(&of);
    }
}

static void take_run(struct source *source, struct job *job)
{
    source->seeking = false;
    session_close(source->session);
    source->session = job->session;
    job->session = NULL;
    source->lane_count = job->lane_count;
    for (int i = 0; i < job->lane_count; i++) {
        source_run_end(&source->lanes[i].run);
        source->lanes[i].run = job->runs[i];
        job->runs[i] = (struct source_run){0};
        note_divergence(source, &source->models[i], job->divergence[i]);
    }
}

/* What was passed over in the trace. Without memory the banner stays alone. */
static void note_anomalies(struct source *source, struct model *model)
{
    const struct trace_error *kept = NULL;
    size_t count = 0;
    model->anomaly_count = trace_anomalies(source->trace, &kept, &count);
    source->anomalies = count > 0 ? calloc(count, sizeof *source->anomalies) : NULL;
    model->anomalies = source->anomalies;
    model->anomalies_kept = source->anomalies ? (uint32_t)count : 0;
    for (size_t i = 0; i < model->anomalies_kept; i++) {
        source->anomalies[i] = (struct model_anomaly){kept[i].line, kept[i].events, trace_error_text(kept[i].code), kept[i].found};
    }
}

/* Which of its heaps is shown, by its name where it has one. */
static void name_heap(struct source *source)
{
    const struct trace_header *header = trace_header_of(source->trace);
    uint32_t heap = source->selection.heap ? heaps_find(header, source->selection.heap) : UINT32_MAX;
    char index[16];
    for (int i = 0; i < MODEL_LANES && heap != UINT32_MAX; i++) {
        snprintf(source->models[i].heap_name, sizeof source->models[i].heap_name, "%s", heaps_key(header, heap, index));
    }
}

/* A trace was read and run: it takes the old one's place. */
static bool take_trace(struct source *source, struct job *job)
{
    struct model *model = &source->models[0];
    unload(source);
    source->trace = job->trace;
    job->owns_trace = false;
    source->selection = job->selection;
    source->known = calloc((size_t)trace_slot_count(source->trace) + 1, sizeof *source->known);
    if (!source->known || !name_threads(source, trace_header_of(source->trace))) {
        return fail_memory(source);
    }
    name_heap(source);
    take_run(source, job);
    if (!describe(source)) {
        return fail_memory(source);
    }
    snprintf(model->banner, sizeof model->banner, "%s", job->banner);
    snprintf(model->detail, sizeof model->detail, "%s", job->detail);
    note_anomalies(source, model);
    source->exit_code = job->exit_code;
    if (job->stopped && !model->banner[0]) {
        snprintf(model->banner, sizeof model->banner, "stopped: the first %u events are shown", (unsigned)model->count);
    }
    return true;
}

enum source_news source_take_over(struct source *source, struct job *job, char *why, size_t why_size)
{
    uint32_t event = source_target(source);
    if (job->path || job->owns_trace) {
        bool grows = source->shows_part;
        source->shows_part = job->whole != NULL;
        if (!job->ok) {
            unload(source);
            source->selection = job->selection;
            fail(source, job->exit_code, job->title, job->detail);
            if (strcmp(job->path ? job->path : "-", "-") != 0) { /* a pipe cannot be read again */
                memcpy(source->models[0].heaps, job->heaps, sizeof job->heaps);
                source->models[0].heap_count = job->heap_count;
                source->models[0].heap_more = job->heap_more;
            }
            return SOURCE_OPENED;
        }
        bool ok = take_trace(source, job) && (!grows || source_seek(source, event));
        return grows && ok ? SOURCE_GREW : SOURCE_OPENED;
    }
    if (!job->ok || atomic_load(&job->cancel)) { /* cancelled: perhaps when it had just ended, and nobody had seen anything of it */
        snprintf(why, why_size, "%s", job->detail);
        return job->ok || job->cancelled ? SOURCE_CANCELLED : SOURCE_REFUSED;
    }
    take_run(source, job);
    if (!describe(source) || !source_seek(source, event)) {
        fail_memory(source);
    }
    return SOURCE_CHANGED;
}

bool source_selected(const struct source *source, const char *path, char *text, size_t size)
{
    const struct trace_selected *selected = source->trace ? trace_selected_of(source->trace) : NULL;
    if (selected) {
        trace_selected_text(selected, trace_header_of(source->trace), path, text, size);
    }
    return selected != NULL;
}

struct source_selection source_selection(const struct source *source)
{
    bool reads = source->models[0].state == MODEL_LOADING && source->job;
    const struct trace_selection *of = reads ? &source->job->selection : &source->selection;
    return (struct source_selection){of->from.kind != TRACE_BOUND_NONE ? of->from.text : NULL, of->to.kind != TRACE_BOUND_NONE ? of->to.text : NULL,
                                     of->heap};
}

const struct model *source_model(const struct source *source) { return source->models; }
int source_lane_count(const struct source *source) { return source->lane_count; }

const struct model *source_lane(const struct source *source, uint32_t lane)
{
    return &source->models[lane < (uint32_t)source->lane_count ? lane : 0];
}

const struct source_options *source_asked(const struct source *source) { return &source->options; }
int source_exit_code(const struct source *source) { return source->exit_code; }
