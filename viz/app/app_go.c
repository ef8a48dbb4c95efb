/* app_go.c: the entry line of G: an event's number, a time, an address, an offset, or a block's id. */
#include "app_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

void app_go_open(struct app *app)
{
    app->state.overlay = OVERLAY_GO;
    app->state.entry[0] = app->state.entry_note[0] = '\0';
    app->player.playing = false;
}

static void refuse(struct app *app, enum word word, const char *a, const char *b)
{
    snprintf(app->state.entry_note, sizeof app->state.entry_note, words(app, word), a, b);
}

/* Digits, with commas between them as the viewer writes them. */
static bool read_number(const char *text, int base, uint64_t *value)
{
    char digits[VIEW_ENTRY_MAX], *end;
    size_t n = 0;
    for (const char *c = text; *c; c++) {
        if (*c != ',') {
            digits[n++] = *c;
        }
    }
    digits[n] = '\0';
    errno = 0;
    *value = strtoull(digits, &end, base);
    return n > 0 && digits[0] != '-' && digits[0] != '+' && digits[0] != ' ' && errno == 0 && *end == '\0';
}

/* What lies there, where no block does that could be pinned. */
static void say_place(struct app *app, const struct model_span *span, uint64_t off)
{
    char message[160];
    const struct model *model = model_of(app);
    snprintf(message, sizeof message, words(app, WORD_GO_PLACE), format_address(model->arena_base + off).s,
             words_text(app->state.language, kind_names[span->kind]), format_bytes(span->size).s, format_address(model->arena_base + span->off).s);
    app_say(app, message);
}

/* The map shows the place, and the block that lies there is pinned. */
static bool go_to_off(struct app *app, uint64_t off, const char *text)
{
    const struct model *model = model_of(app);
    (void)text;
    if (off >= model->arena_bytes) {
        refuse(app, WORD_GO_NO_ADDRESS, format_address(model->arena_base).s, format_address(model->arena_base + model->arena_bytes - 1).s);
        return false;
    }
    if (app->seek_pending) {
        app->seek_pending = false;
        source_seek(app->source, app->seek_to);
    }
    uint32_t span = model_span_at(model, (uint32_t)off);
    app->state.bytes.first = (uint32_t)off;
    if (span != MODEL_NONE && model->spans[span].block != MODEL_NONE) {
        app_pin(app, model->blocks[model->spans[span].block].id);
    } else if (span != MODEL_NONE) {
        app->state.pinned = false;
        say_place(app, &model->spans[span], off);
    }
    if (off < app->state.map_first || off - app->state.map_first >= app->state.map_bytes) {
        app->state.map_bytes = 0; /* the whole heap is shown, for the part that was does not hold it */
    }
    return true;
}

/* The block behind (1) or before (-1) the pinned one; without one, the first or the last that the map shows. */
void app_pin_beside(struct app *app, int step)
{
    const struct model *model = model_of(app);
    const struct map_grid *grid = &app->screen.grid;
    uint32_t at = app->state.pinned ? model_block_of_id(model, app->state.pinned_id) : MODEL_NONE;
    int64_t next = (int64_t)at + step;
    if (at == MODEL_NONE) {
        uint64_t edge = step > 0 ? grid->first : grid->bytes ? (uint64_t)grid->first + grid->bytes : model->arena_bytes;
        next = 0;
        while (next < model->block_count && model->blocks[next].off < edge) {
            next++;
        }
        next -= step < 0;
    }
    if (next >= 0 && next < model->block_count) {
        app_pin(app, model->blocks[next].id);
        uint32_t off = model->blocks[next].off;
        bool shown = off >= grid->first && off - grid->first < grid->bytes;
        app->state.map_bytes = app->state.view == VIEW_MAP && !shown ? 0 : app->state.map_bytes;
    }
}

/* To the block's birth unless it is alive at the cursor. */
static bool go_to_id(struct app *app, uint64_t id, const char *text)
{
    const struct model *model = model_of(app);
    uint32_t now = app_event_now(app);
    const struct model_life *found = NULL;
    for (uint32_t i = 0; i < model->life_count; i++) {
        const struct model_life *life = &model->lives[i];
        if (life->id == id && (!found || (life->birth <= now && now < life->death))) {
            found = life;
        }
    }
    if (!found) {
        refuse(app, WORD_GO_NO_BLOCK, text, "");
        return false;
    }
    app_pin(app, id);
    if (now < found->birth || now >= found->death) {
        app_seek(app, found->birth);
    }
    return true;
}

static bool go_to_time(struct app *app, uint64_t t, const char *text)
{
    uint32_t event;
    if (!source_event_at_time(app->source, t, &event)) {
        refuse(app, WORD_GO_NO_TIME, text, "");
        return false;
    }
    app_seek(app, event);
    return true;
}

/* An address as the picture shows it, without 0x: hex digits that lie in the heap, and are no number of an event. */
static bool read_shown_address(const struct model *model, const char *text, uint64_t *address)
{
    uint64_t event;
    return !strchr(text, ',') && read_number(text, 16, address) && *address >= model->arena_base &&
           *address - model->arena_base < model->arena_bytes && !(read_number(text, 10, &event) && event <= model->count);
}

static bool go(struct app *app, const char *text)
{
    uint64_t value;
    const struct model *model = model_of(app);
    if (text[0] == '#' && read_number(text + 1, 10, &value)) {
        return go_to_id(app, value, text + 1);
    }
    if (strncmp(text, "t=", 2) == 0 && read_number(text + 2, 10, &value)) {
        return go_to_time(app, value, text + 2);
    }
    if (text[0] == '+' && read_number(text + 1, 0, &value)) {
        return go_to_off(app, value, text);
    }
    if (strncmp(text, "0x", 2) == 0 && read_number(text, 16, &value)) {
        return go_to_off(app, value < model->arena_base ? UINT64_MAX : value - model->arena_base, text);
    }
    if (read_shown_address(model, text, &value)) {
        return go_to_off(app, value - model->arena_base, text);
    }
    if (read_number(text, 10, &value)) {
        app_seek(app, value > model->count ? model->count : (uint32_t)value);
        return true;
    }
    refuse(app, WORD_GO_UNKNOWN, "", "");
    return false;
}

void app_go_key(struct app *app, uint32_t key, uint32_t mods)
{
    struct view_state *state = &app->state;
    size_t len = strlen(state->entry);
    app->dirty = true;
    if (mods & MOD_CTRL) {
        enum action action = input_action(key, mods, 0);
        if (action == ACTION_QUIT || action == ACTION_COMMAND) {
            app_do(app, action);
        }
        return;
    }
    if (key == KEY_ESCAPE) {
        state->overlay = OVERLAY_NONE;
    } else if (key == KEY_ENTER) {
        if (len == 0 || go(app, state->entry)) {
            state->overlay = OVERLAY_NONE;
        }
    } else if (key == KEY_BACKSPACE) {
        state->entry[len > 0 ? len - 1 : 0] = '\0';
        state->entry_note[0] = '\0';
    } else if (key > ' ' && key < 127 && len + 1 < sizeof state->entry) {
        state->entry[len] = (char)key;
        state->entry[len + 1] = '\0';
        state->entry_note[0] = '\0';
    }
}
