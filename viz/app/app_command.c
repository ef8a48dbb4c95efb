/* app_command.c: the command line that shows this state again: so that a picture can be repeated and shared. */
#include "app_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "colouring.h"

struct line { char *text; size_t size, used; };

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = line->used < line->size ? vsnprintf(line->text + line->used, line->size - line->used, format, arguments) : 0;
    va_end(arguments);
    line->used += n > 0 ? (size_t)n : 0;
}

/* A word as a shell reads it: quoted unless it is made of harmless characters. */
static void put_word(struct line *line, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=,+@%";
    if (*word && strspn(word, plain) == strlen(word)) {
        put(line, " %s", word);
        return;
    }
    put(line, " '");
    for (const char *c = word; *c; c++) {
        put(line, *c == '\'' ? "'\\''" : "%c", *c);
    }
    put(line, "'");
}

static void put_lanes(struct line *line, const struct app *app)
{
    int count = source_lane_count(app->source);
    bool same_policy = true, same_heap = true;
    const struct model *first = source_lane(app->source, 0);
    for (int i = 1; i < count; i++) {
        const struct model *lane = source_lane(app->source, (uint32_t)i);
        same_policy = same_policy && strcmp(lane->spec, first->spec) == 0;
        same_heap = same_heap && lane->arena_bytes == first->arena_bytes;
    }
    put(line, " -p ");
    for (int i = 0; i < (same_policy && !same_heap ? 1 : count); i++) {
        put(line, "%s%s", i > 0 ? "," : "", source_lane(app->source, (uint32_t)i)->spec);
    }
    put(line, " -s ");
    for (int i = 0; i < (same_heap ? 1 : count); i++) {
        put(line, "%s%u", i > 0 ? "," : "", (unsigned)source_lane(app->source, (uint32_t)i)->arena_bytes);
    }
}

/* Which lane is chosen, which are hidden, how they are sorted. */
static void put_duel(struct line *line, const struct app *app)
{
    const struct view_state *state = &app->state;
    int count = source_lane_count(app->source), lane = view_lane(state, count);
    unsigned hidden = state->duel.hidden & ((1u << count) - 1);
    if (lane > 0) {
        put(line, " --lane %c", 'A' + lane);
    }
    for (int i = 0; i < count; i++) {
        if (hidden >> i & 1) {
            put(line, "%s%c", hidden & ((1u << i) - 1) ? "" : " --hide ", 'A' + i);
        }
    }
    if (state->duel.sorted && count > 1) {
        put(line, " --sorted");
    }
}

/* Without a run, what was asked for. */
static void put_asked(struct line *line, const struct app *app)
{
    const struct source_options *asked = source_asked(app->source);
    if (asked->policy) {
        put(line, " -p");
        put_word(line, asked->policy);
    }
    for (int i = 0; i < asked->heap_count; i++) {
        put(line, "%s%u", i > 0 ? "," : " -s ", (unsigned)(i > 0 ? asked->more_heaps[i - 1] : asked->heap_bytes));
    }
}

static void put_range(struct line *line, const struct view_state *state)
{
    char from[16] = "", to[16] = "";
    if (state->range_from != VIEW_NO_EVENT) {
        snprintf(from, sizeof from, "%u", (unsigned)state->range_from);
    }
    if (state->range_to != VIEW_NO_EVENT) {
        snprintf(to, sizeof to, "%u", (unsigned)state->range_to);
    }
    if (*from || *to) {
        put(line, " --range %s,%s", from, to);
    }
}

/* Where the cursor stands and what was chosen in the views. */
static void put_run(struct line *line, const struct app *app)
{
    const struct view_state *state = &app->state;
    struct player fitting = {.speed = 0};
    put(line, " --at %u", (unsigned)app_event_now(app));
    if (state->pinned) {
        put(line, " --pin %llu", (unsigned long long)state->pinned_id);
    }
    put_range(line, state);
    put_duel(line, app);
    if (state->map_bytes > 0) {
        put(line, " --zoom %u,%u", (unsigned)state->map_first, (unsigned)state->map_bytes);
    }
    if (state->view == VIEW_BYTES && state->bytes.first != VIEW_NO_OFF) {
        put(line, " --bytes %s,%u", bytes_shows_names[state->bytes.shows], (unsigned)state->bytes.first);
    } else if (state->view == VIEW_BYTES && state->bytes.shows != BYTES_INDEX) {
        put(line, " --bytes %s", bytes_shows_names[state->bytes.shows]);
    }
    if (state->view == VIEW_WHY && state->why.bins) {
        put(line, " --bins");
    }
    if (state->colour != COLOUR_KIND) {
        put(line, " --colour %s", colour_mode_names[state->colour]);
    }
    player_fit(&fitting, model_of(app)->count);
    if (player_speed(&app->player) != player_speed(&fitting)) {
        put(line, " --speed %u", (unsigned)player_speed(&app->player));
    }
}

/* What lies over the view, and the mouse where something shows what it points at. */
static void put_over(struct line *line, const struct app *app)
{
    const struct view_state *state = &app->state;
    char entry[VIEW_ENTRY_MAX + 8];
    switch (state->overlay) {
    case OVERLAY_HELP: put(line, " --keys"); break;
    case OVERLAY_POLICY: put(line, " --open menu,%u", (unsigned)state->menu_line + 1); break;
    case OVERLAY_ADD: put(line, " --open add,%u", (unsigned)state->menu_line + 1); break;
    case OVERLAY_ANOMALIES: put(line, " --open anomalies,%u", (unsigned)state->list_first + 1); break;
    case OVERLAY_GO:
        snprintf(entry, sizeof entry, "%s%s", state->entry_note[0] ? "" : "go,", state->entry);
        put(line, state->entry_note[0] ? " --go" : " --open");
        put_word(line, entry);
        break;
    case OVERLAY_NONE: break;
    }
    if (state->pointed_off != VIEW_NO_OFF || state->pointing_event || state->pointed_hit.kind != HIT_NONE) {
        put(line, " --point %d,%d", app->mouse_x, app->mouse_y);
    }
}

static void put_option(struct line *line, const char *option, const char *value)
{
    if (value) {
        put(line, " %s", option);
        put_word(line, value);
    }
}

static void put_selection(struct line *line, struct source_selection selection)
{
    put_option(line, "--from", selection.from);
    put_option(line, "--to", selection.to);
    put_option(line, "--heap", selection.heap);
}

static void put_look(struct line *line, const struct app *app)
{
    const struct view_state *state = &app->state;
    if (state->theme != THEME_DARK || state->remembers) {
        put(line, " --theme %s", themes[state->theme].name);
    }
    if (state->language != LANGUAGE_ENGLISH || state->remembers) {
        put(line, " --lang %s", language_names[state->language]);
    }
    if (state->scale_percent) {
        put(line, " --scale %d", state->scale_percent);
    } else if (state->remembers) {
        put(line, " --scale auto");
    }
    if (app->w != 1280 || app->h != 800 || state->remembers) {
        put(line, " --size %dx%d", app->w, app->h);
    }
}

void app_command_line(const struct app *app, char *text, size_t size)
{
    struct line line = {text, size, 0};
    const struct model *model = model_of(app);
    const char *path = ready(app) ? app->path : app->pending_path; /* or what is being read */
    put(&line, "heaplab-view");
    if (ready(app)) {
        put_lanes(&line, app);
    } else {
        put_asked(&line, app);
    }
    put_selection(&line, source_selection(app->source));
    if (model->arena_base != UINT64_C(0x20000000)) {
        put(&line, " --arena-base 0x%llX", (unsigned long long)model->arena_base);
    }
    put(&line, " --view %s", view_def_of(app->state.view)->name);
    if (ready(app)) {
        put_run(&line, app);
    }
    put_over(&line, app);
    put_look(&line, app);
    if (path && path[0] == '-' && path[1]) {
        put(&line, " --");
    }
    if (path && path[0]) {
        put_word(&line, path);
    } else if (ready(app)) {
        put(&line, " TRACE"); /* it was in memory: only tests have such a one */
    }
}
