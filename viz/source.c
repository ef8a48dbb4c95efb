/* source.c: session -> model.
 *
 * A seek reads the lane's spans into the model's arrays: O(spans). Loading and changing the policy run the whole trace once for the
 * history. Everything the model points to lives as long as the source, or until the next call that changes it.
 */
#include "source.h"

#include <heap/policy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heaps.h"
#include "model.h"
#include "session.h"
#include "source_run.h"
#include "spec.h"

_Static_assert((int)KIND_PAYLOAD == (int)HEAP_PAYLOAD && (int)KIND_SLACK == (int)HEAP_SLACK && (int)KIND_HEADER == (int)HEAP_HEADER &&
                   (int)KIND_CONTROL == (int)HEAP_CONTROL && (int)KIND_FREE == (int)HEAP_FREE && (int)KIND_RESERVED == (int)HEAP_RESERVED,
               "the model's kinds are the heap's");

#define EXIT_USAGE_CODE 2
#define EXIT_MEMORY_CODE 4

/* What the trace says of a slot's allocation; kept from seek to seek, since most blocks stay. */
struct known { uint64_t born, id; uint32_t site, thread; };

struct source {
    struct source_options options;
    struct model model;
    struct trace *trace;
    struct session *session;
    struct spec_list specs;
    struct layout layout;
    struct model_span *spans;
    struct model_block *blocks;
    struct known *known; /* by slot; born 0: not asked yet */
    size_t span_room, block_room;
    const char **policy_names, **policy_ideas, **threads;
    struct source_run run;
    int exit_code;
};

static bool fail(struct source *source, int code, const char *title, const char *detail)
{
    source->model.state = MODEL_ERROR;
    source->exit_code = code;
    snprintf(source->model.title, sizeof source->model.title, "%s", title);
    snprintf(source->model.detail, sizeof source->model.detail, "%s", detail);
    return false;
}

static bool fail_memory(struct source *source) { return fail(source, EXIT_MEMORY_CODE, "Out of memory", "This trace does not fit into memory."); }

struct source *source_new(const struct source_options *options)
{
    struct source *source = calloc(1, sizeof *source);
    if (!source) {
        return NULL;
    }
    source->options = *options;
    source->policy_names = calloc(heap_policy_count + 1, sizeof *source->policy_names);
    source->policy_ideas = calloc(heap_policy_count + 1, sizeof *source->policy_ideas);
    if (!source->policy_names || !source->policy_ideas) {
        source_free(source);
        return NULL;
    }
    struct model *model = &source->model;
    for (size_t i = 0; i < heap_policy_count; i++) {
        source->policy_names[i] = heap_policies[i]->name;
        source->policy_ideas[i] = heap_policies[i]->inspect ? heap_policies[i]->inspect->idea : NULL;
    }
    model->policy_names = source->policy_names;
    model->policy_ideas = source->policy_ideas;
    model->policy_count = (uint32_t)heap_policy_count;
    model->arena_base = options->arena_base;
    snprintf(model->title, sizeof model->title, "No trace yet");
    snprintf(model->detail, sizeof model->detail, "Drop a trace here, or start heaplab-view with the name of one.");
    return source;
}

/* Back to an empty model; the policies stay. */
static void unload(struct source *source)
{
    struct model *model = &source->model;
    source_run_end(&source->run);
    session_close(source->session);
    trace_free(source->trace);
    free(source->threads);
    free(source->known);
    source->exit_code = 0;
    source->known = NULL;
    source->session = NULL;
    source->trace = NULL;
    source->threads = NULL;
    *model = (struct model){.policy_names = model->policy_names, .policy_ideas = model->policy_ideas, .policy_count = model->policy_count,
                            .arena_base = model->arena_base, .run_version = model->run_version + 1, .spans_version = model->spans_version + 1};
}

void source_free(struct source *source)
{
    if (!source) {
        return;
    }
    unload(source);
    layout_end(&source->layout);
    free(source->spans);
    free(source->blocks);
    free(source->policy_names);
    free(source->policy_ideas);
    free(source);
}

/* ---- spans ---- */

static bool reserve(struct source *source, size_t spans)
{
    if (spans > source->span_room) {
        struct model_span *grown = realloc(source->spans, spans * sizeof *grown);
        if (!grown) {
            return false;
        }
        source->spans = grown;
        source->span_room = spans;
    }
    if (spans > source->block_room) {
        struct model_block *grown = realloc(source->blocks, spans * sizeof *grown);
        if (!grown) {
            return false;
        }
        source->blocks = grown;
        source->block_room = spans;
    }
    return true;
}

static struct model_block block_begin(struct source *source, const struct lane *lane, const struct heap_span *span)
{
    const struct lane_block *live = lane_block(lane, span->owner);
    struct known *known = &source->known[span->owner];
    if (known->born != live->born) {
        struct trace_event event;
        trace_get(source->trace, live->born - 1, &event);
        *known = (struct known){live->born, event.id, event.site == TRACE_NO_SITE ? MODEL_NONE : event.site,
                                source->model.has_threads ? event.thread : MODEL_NONE};
    }
    return (struct model_block){.id = known->id, .off = span->off, .payload_off = live->off, .birth = (uint32_t)live->born,
                                .site = known->site, .thread = known->thread};
}

static void block_add(struct model_block *block, const struct heap_span *span)
{
    block->size += span->size;
    if (span->kind == HEAP_PAYLOAD) {
        block->requested += span->size;
    } else if (span->kind == HEAP_HEADER) {
        block->header += span->size;
    } else {
        block->slack += span->size;
    }
}

static bool read_spans(struct source *source)
{
    struct model *model = &source->model;
    struct lane *lane = session_lane(source->session, 0);
    if (!lane_spans(lane, &source->layout) || !reserve(source, source->layout.count)) {
        return false;
    }
    uint32_t count = 0, blocks = 0, last_owner = LAYOUT_NO_OWNER;
    memset(model->kind_bytes, 0, sizeof model->kind_bytes);
    model->largest_bytes = model->hole_count = 0;
    for (size_t i = 0; i < source->layout.count; i++) {
        const struct heap_span *span = &source->layout.spans[i];
        bool owned = span->owner != LAYOUT_NO_OWNER;
        if (owned && span->owner != last_owner) {
            source->blocks[blocks++] = block_begin(source, lane, span);
        }
        if (owned) {
            block_add(&source->blocks[blocks - 1], span);
        }
        last_owner = span->owner;
        source->spans[count++] = (struct model_span){span->off, span->size, owned ? blocks - 1 : MODEL_NONE, span->kind};
        model->kind_bytes[span->kind] += span->size;
        model->hole_count += span->kind == HEAP_FREE;
        if (span->kind == HEAP_FREE && span->size > model->largest_bytes) {
            model->largest_bytes = span->size;
            model->largest_off = span->off;
        }
    }
    model->spans = source->spans;
    model->span_count = count;
    model->blocks = source->blocks;
    model->block_count = blocks;
    model->spans_version++;
    return true;
}

/* What a hole must have for `wanted` bytes: with the least header in the heap, rounded up to the alignment. 0 where a hole's bytes
 * are not all that counts: the policy does not join neighbouring holes, or its blocks have one size. */
static uint32_t gross_of(const struct source *source, uint64_t wanted)
{
    const struct lane_options *lane = lane_options_of(session_lane(source->session, 0));
    uint32_t traits = lane->policy->inspect ? lane->policy->inspect->traits : 0, header = UINT32_MAX;
    uint64_t align = lane->alignment ? lane->alignment : 8;
    if (!(traits & HEAP_COALESCES) || (traits & HEAP_FIXED_SIZE) || wanted > source->model.arena_bytes) {
        return 0;
    }
    for (uint32_t i = 0; i < source->model.block_count; i++) {
        if (source->blocks[i].header < header) {
            header = source->blocks[i].header;
        }
    }
    uint64_t gross = (wanted + (header == UINT32_MAX ? 0 : header) + align - 1) / align * align;
    return gross > source->model.arena_bytes ? 0 : (uint32_t)gross;
}

static void note_failure(struct source *source)
{
    struct model *model = &source->model;
    const struct session_history *history = session_history(source->session, 0);
    model->failure = (struct model_failure){0};
    if (model->event == 0 || model->event > history->count || history->off[model->event - 1] != HISTORY_FAILED) {
        return;
    }
    struct trace_event event;
    trace_get(source->trace, model->event - 1, &event);
    uint64_t wanted = source_run_wanted(&event);
    model->failure = (struct model_failure){true, wanted, gross_of(source, wanted), model->hole_count};
}

bool source_seek(struct source *source, uint32_t event)
{
    struct model *model = &source->model;
    if (model->state != MODEL_READY) {
        return true;
    }
    if (event > model->count) {
        event = model->count;
    }
    if (!session_seek(source->session, event) || !read_spans(source)) {
        return fail_memory(source);
    }
    model->event = event;
    note_failure(source);
    return true;
}

uint64_t source_event_id(const struct source *source, uint32_t event, bool *frees)
{
    struct trace_event of;
    *frees = false;
    if (source->model.state != MODEL_READY || event == 0 || event > source->model.count) {
        return 0;
    }
    trace_get(source->trace, event - 1, &of);
    *frees = of.op == TRACE_FREE;
    return of.id;
}

/* ---- running ---- */

static bool run_progress(void *ctx, uint64_t done, uint64_t all)
{
    struct source *source = ctx;
    source->model.progress_done = done;
    source->model.progress_all = all;
    return !source->options.progress || source->options.progress(source->options.progress_ctx, &source->model);
}

/* The history of the lane that stands in the session, and what the model says of it. */
static bool record(struct source *source)
{
    struct model *model = &source->model;
    if (!session_record_history(source->session, run_progress, source)) {
        return false;
    }
    const struct session_history *history = session_history(source->session, 0);
    const struct lane_options *lane = lane_options_of(session_lane(source->session, 0));
    source_run_end(&source->run);
    if (!source_run_make(&source->run, source->trace, history)) {
        return false;
    }
    model->count = (uint32_t)history->count;
    model->history = (struct model_history){history->payload, history->block, history->free, history->largest_free, 0, 0};
    model->lives = source->run.lives;
    model->life_count = source->run.life_count;
    model->marks = source->run.marks;
    model->mark_count = source->run.mark_count;
    model->arena_bytes = lane->heap_bytes;
    model->policy = model->policy_count;
    for (uint32_t i = 0; i < model->policy_count; i++) {
        if (heap_policies[i] == lane->policy) {
            model->policy = i;
        }
    }
    model->policy_name = source->policy_names[model->policy < model->policy_count ? model->policy : 0];
    model->run_version++;
    model->state = MODEL_READY;
    if (!session_seek(source->session, 0) || !read_spans(source)) {
        return false;
    }
    model->history.start_free = (uint32_t)model->kind_bytes[KIND_FREE];
    model->history.start_largest = model->largest_bytes;
    return true;
}

static bool name_threads(struct source *source, const struct trace_header *header)
{
    struct model *model = &source->model;
    model->trace_name = header->name ? header->name : "unnamed";
    model->has_sites = trace_has_sites(source->trace);
    model->has_threads = trace_has_threads(source->trace);
    model->sites = header->sites;
    model->site_count = model->has_sites ? header->site_count : 0;
    model->thread_count = model->has_threads ? header->thread_count : 0;
    source->threads = calloc((size_t)header->thread_count + 1, sizeof *source->threads);
    for (uint32_t i = 0; source->threads && i < header->thread_count; i++) {
        source->threads[i] = header->threads[i].name;
    }
    model->threads = source->threads;
    return source->threads != NULL;
}

/* Opens a lane for the trace that stands in the source. */
static bool open_lane(struct source *source)
{
    const struct source_options *options = &source->options;
    char why[240];
    int error = 0;
    source->specs.count = 0;
    if (!spec_parse(&source->specs, options->policy ? options->policy : "tlsf", why, sizeof why)) {
        return fail(source, EXIT_USAGE_CODE, "This policy cannot run", why);
    }
    struct lane_options lane = source->specs.items[0].options;
    lane.heap_bytes = options->heap_bytes ? options->heap_bytes : spec_default_heap(trace_peak_payload(source->trace));
    lane.track_owners = true;
    source->session = session_open(source->trace, 0);
    if (!source->session) {
        return fail_memory(source);
    }
    if (session_add_lane(source->session, &lane, &error) < 0) {
        return error == HEAP_OK ? fail_memory(source) : fail(source, EXIT_USAGE_CODE, "The policy refuses this heap", heap_error_text(error));
    }
    return true;
}

bool source_take(struct source *source, struct trace *trace)
{
    if (source->trace != trace) {
        unload(source);
        source->trace = trace;
    }
    if (trace_count(trace) >= UINT32_MAX - 1) {
        return fail(source, EXIT_MEMORY_CODE, "Too many events", "The viewer shows traces of less than 2^32 events.");
    }
    source->known = calloc((size_t)trace_slot_count(trace) + 1, sizeof *source->known);
    if (!source->known || !name_threads(source, trace_header_of(trace))) {
        return fail_memory(source);
    }
    source->model.state = MODEL_LOADING;
    snprintf(source->model.title, sizeof source->model.title, "Running %s", source->model.trace_name);
    snprintf(source->model.detail, sizeof source->model.detail, "The whole trace runs once, for its history.");
    if (!open_lane(source)) {
        return false;
    }
    if (!record(source)) {
        return fail_memory(source);
    }
    return source_seek(source, 0);
}

/* One picture is of one heap: several are named, for --heap. */
static bool has_one_heap(struct source *source, const struct trace *trace)
{
    struct heaps_survey survey;
    char text[400];
    bool one = true;
    if (trace_header_of(trace)->heap_count > 1) {
        const bool known = heaps_survey_trace(&survey, trace);
        one = known && heaps_survey_used(&survey) < 2;
        if (!known) {
            fail_memory(source);
        } else if (!one) {
            heaps_survey_text(&survey, trace_header_of(trace), text, sizeof text);
            fail(source, EXIT_USAGE_CODE, "The trace has several heaps: choose one with --heap NAME", text);
        }
        heaps_survey_close(&survey);
    }
    return one;
}

bool source_load(struct source *source, const char *path, const struct trace_selection *selection)
{
    struct trace_error error;
    struct trace_options options = {.selection = selection};
    char detail[400], title[160];
    unload(source);
    source->model.state = MODEL_LOADING;
    snprintf(source->model.title, sizeof source->model.title, "Reading %s", path);
    struct trace *trace = trace_load(path, &options, run_progress, source, &error);
    if (!trace && error.line > 0 && strcmp(path, "-") != 0) { /* show what comes before the error */
        struct trace_error again;
        options.lenient = true;
        trace = trace_load(path, &options, run_progress, source, &again);
        if (trace) {
            snprintf(source->model.banner, sizeof source->model.banner, "line %llu: %s", (unsigned long long)error.line,
                     trace_error_text(error.code));
        }
    }
    if (!trace) {
        snprintf(title, sizeof title, error.line > 0 ? "Line %llu cannot be read" : "The trace cannot be read", (unsigned long long)error.line);
        trace_error_format(&error, detail, sizeof detail);
        return fail(source, trace_error_exit(error.code), title, detail);
    }
    if (!(selection && selection->heap) && !has_one_heap(source, trace)) {
        trace_free(trace);
        return false;
    }
    source->trace = trace;
    if (!source_take(source, trace)) {
        return false;
    }
    if (source->model.banner[0]) {
        source->exit_code = trace_error_exit(error.code);
        trace_error_format(&error, source->model.detail, sizeof source->model.detail);
    }
    return true;
}

bool source_set_policy(struct source *source, uint32_t policy, char *why, size_t why_size)
{
    struct model *model = &source->model;
    int error = 0;
    if (model->state != MODEL_READY || policy >= model->policy_count) {
        return false;
    }
    struct lane_options lane = *lane_options_of(session_lane(source->session, 0));
    lane.policy = heap_policies[policy];
    memset(lane.params, 0, sizeof lane.params);
    if (session_replace_lane(source->session, 0, &lane, &error) != 0) {
        snprintf(why, why_size, "%s: %s", heap_policies[policy]->name, error == HEAP_OK ? "out of memory" : heap_error_text(error));
        return false;
    }
    uint32_t event = model->event;
    model->state = MODEL_LOADING;
    snprintf(model->title, sizeof model->title, "Running %s with %s", model->trace_name, heap_policies[policy]->name);
    if (!record(source)) {
        return fail_memory(source);
    }
    return source_seek(source, event);
}

bool source_selected(const struct source *source, const char *path, char *text, size_t size)
{
    const struct trace_selected *selected = source->trace ? trace_selected_of(source->trace) : NULL;
    if (selected) {
        trace_selected_text(selected, trace_header_of(source->trace), path, text, size);
    }
    return selected != NULL;
}

const struct model *source_model(const struct source *source) { return &source->model; }
int source_exit_code(const struct source *source) { return source->exit_code; }
