/* The interface is whole in every language: what is drawn in Chinese holds no English word but names, what is drawn in English no
 * Chinese, and no text of either is cut. Every word that may stay has its reason here. */
#include <ctype.h>
#include <unistd.h>

#include <heap/error.h>
#include <heap/policy.h>
#include "trace_error.h"
#include "viz_check.h"
#include "viz_fixture.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HUB HEAPLAB_SOURCE_DIR "/traces/corpus/hub.jsonl.gz"

static const int sizes[][2] = {{1024, 640}, {1280, 800}, {1920, 1080}};

/* Words that stand in Chinese as they are. Single letters are keys, lanes and units. */
static const struct { const char *reason, *words; } stay[] = {
    {"the program's name", "Heaplab"},
    {"a unit", "KiB MiB GiB px"},
    {"a key", "Space Shift Ctrl Home End Tab Esc Enter PgUp PgDn F1 F11"},
    {"the name of a language", "English"},
    {"a format or an encoding", "ASCII JSON UTF gzip"},
    {"an identifier of C, or an operation of a trace", "malloc free realloc id HEAP_MAX_REGIONS HEAP_ONE_POLICY heap_free_sized"},
    {"a policy's choice, as on a command line", "align checks none basic"},
    {"the allocator's own term, as Chinese engineers write it", "slab"},
};

/* To be typed as it stands. */
static const char *const typed[] = {"first_fit TRACE", "best_fit TRACE", "heaplab-view", "--heap NAME", "config->policy"};

/* Is `word` a word of `text`? */
static bool holds(const char *text, const char *word, size_t length)
{
    for (const char *at = text ? strstr(text, word) : NULL; at; at = strstr(at + 1, word)) {
        if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length])) {
            return true;
        }
    }
    return false;
}

static bool holds_field(const struct model_field *fields, uint32_t count, const char *word, size_t length)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t bit = 0; bit < fields[i].bit_count; bit++) {
            if (holds(fields[i].bits[bit].name, word, length)) {
                return true;
            }
        }
        if (holds(fields[i].name, word, length)) {
            return true;
        }
    }
    return false;
}

/* A name of the trace or of a policy, or a field of the policy's blocks by its own name. */
static bool is_name(const struct model *model, const char *word, size_t length)
{
    bool name = holds(model->trace_name, word, length) || holds(model->policy_name, word, length) ||
                holds_field(model->fields, model->field_count, word, length) ||
                holds_field(model->free_fields, model->free_field_count, word, length);
    for (uint32_t i = 0; i < model->policy_count && !name; i++) {
        name = holds(model->policy_names[i], word, length);
    }
    for (uint32_t i = 0; i < model->site_count && !name; i++) {
        name = model->sites[i] && strstr(model->sites[i], word); /* a name may be cut at its beginning or its end */
    }
    for (uint32_t i = 0; i < model->thread_count && !name; i++) {
        name = holds(model->threads[i], word, length);
    }
    for (uint32_t i = 0; i < model->mark_count && !name; i++) {
        name = holds(model->marks[i].name, word, length);
    }
    return name;
}

static bool may_stay(const struct model *model, const char *word, size_t length)
{
    bool stays = length < 2 || strspn(word, "0123456789ABCDEF") == length; /* an address, or bytes in hex */
    for (size_t i = 0; i < COUNT(stay) && !stays; i++) {
        stays = holds(stay[i].words, word, length);
    }
    return stays || (model && is_name(model, word, length));
}

/* The first English word of a Chinese text that has no reason to stay; NULL: none. */
static const char *english_in(const struct model *model, const char *text)
{
    static char word[128];
    while (*text) {
        size_t length = 0;
        for (size_t i = 0; i < COUNT(typed); i++) {
            text += strncmp(text, typed[i], strlen(typed[i])) == 0 ? strlen(typed[i]) : 0;
        }
        while (isalnum((unsigned char)text[length]) || text[length] == '_') {
            length++;
        }
        if (length > 0 && isalpha((unsigned char)*text)) {
            snprintf(word, sizeof word, "%.*s", (int)length, text);
            if (!may_stay(model, word, strlen(word))) {
                return word;
            }
        }
        text += length ? length : 1;
    }
    return NULL;
}

/* Any character from U+2E80 on, but the name of the language that the key L goes to. */
static bool chinese_in(const char *text)
{
    static const char own[] = "简体中文";
    for (; *text; text++) {
        if (strncmp(text, own, strlen(own)) == 0) {
            text += strlen(own) - 1;
        } else if ((unsigned char)*text >= 0xE3 && (unsigned char)*text < 0xF0) {
            return true;
        }
    }
    return false;
}

static void check_words(const struct drawlist *list, const struct model *model, enum language language, const char *what)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->ops[i].type != DRAW_TEXT) {
            continue;
        }
        const char *text = drawlist_text(list, &list->ops[i]);
        const char *word = language == LANGUAGE_CHINESE ? english_in(model, text) : NULL;
        if (word) { /* not ck_assert_msg, which writes a file for each of millions of texts */
            ck_abort_msg("%s: `%s` in `%s` is English", what, word, text);
        }
        if (language == LANGUAGE_ENGLISH && chinese_in(text)) {
            ck_abort_msg("%s: `%s` is Chinese", what, text);
        }
    }
}

static void check(struct fixture *f, const char *what)
{
    char where[200], why[400];
    int w, h;
    const struct drawlist *list = app_draw(f->app, &w, &h);
    const struct view_state *state = app_state(f->app);
    snprintf(where, sizeof where, "%s, view %d, %s, theme %d, %dx%d", what, (int)state->view, language_names[state->language],
             (int)state->theme, w, h);
    check_words(list, source_model(f->source), state->language, where);
    bool fine = check_list(list, w, h, (int)(11 * app_screen(f->app)->scale), why, sizeof why);
    ck_assert_msg(fine, "%s: %s", where, why);
}

static void check_overlays(struct fixture *f)
{
    static const struct { enum action action; const char *what; } overlays[] = {
        {ACTION_HELP, "the help"}, {ACTION_POLICY, "the policy menu"}, {ACTION_GO, "the entry line"}, {ACTION_ANOMALIES, "the anomalies"}};
    for (size_t i = 0; i < COUNT(overlays); i++) {
        app_do(f->app, overlays[i].action);
        check(f, overlays[i].what);
        app_state(f->app)->overlay = OVERLAY_NONE;
    }
}

/* Work in the background, in every view: its words are the source's. */
static void check_work(struct fixture *f)
{
    static const char *const works[] = {"Running tlsf on 64 KiB", "Running 2 lanes", "Reading 1"};
    for (size_t i = 0; i < COUNT(works); i++) {
        struct view_work *work = &app_state(f->app)->work;
        *work = (struct view_work){.on = true, .done = 1, .all = 2};
        snprintf(work->what, sizeof work->what, "%s", works[i]);
        check(f, "work");
        work->on = false;
    }
}

/* A view at that event, with nothing chosen, a block pointed at, a block pinned, a range. */
static void check_view(struct fixture *f, enum view_kind view, uint32_t event)
{
    struct view_state *state = app_state(f->app);
    state->view = view;
    app_seek(f->app, event);
    check(f, "plain");
    struct rect map = app_screen(f->app)->map;
    for (int third = 1; third < 3; third++) {
        app_mouse_move(f->app, map.x + map.w / 3, map.y + map.h * third / 3);
        check(f, "pointed");
    }
    app_mouse_move(f->app, app_screen(f->app)->strip.x + 40, app_screen(f->app)->budget.y + 4);
    check(f, "an event pointed at");
    app_mouse_leave(f->app);
    if (source_model(f->source)->block_count > 0) {
        app_pin(f->app, source_model(f->source)->blocks[source_model(f->source)->block_count / 2].id);
    }
    check(f, "pinned");
    app_seek(f->app, 1);
    check(f, "pinned, not born yet");
    app_seek(f->app, event);
    state->pinned = false;
    state->range_from = event / 2;
    state->range_to = event;
    check(f, "a range");
    state->range_from = state->range_to = VIEW_NO_EVENT;
}

static void check_messages(struct fixture *f)
{
    static const enum action actions[] = {ACTION_NEXT_FAILURE, ACTION_PREVIOUS_FAILURE, ACTION_NEXT_MARK, ACTION_PREVIOUS_MARK, ACTION_FAILURE,
                                          ACTION_PEAK, ACTION_WORST, ACTION_DIVERGENCE, ACTION_RANGE_FROM, ACTION_RANGE_TO, ACTION_ANOMALIES,
                                          ACTION_HARDENING, ACTION_ALIGNMENT, ACTION_COLOUR, ACTION_DUEL_A, ACTION_DUEL_B, ACTION_DUEL_SORT};
    for (int view = 0; view < VIEW_COUNT; view++) {
        for (size_t i = 0; i < COUNT(actions); i++) {
            app_state(f->app)->view = (enum view_kind)view;
            app_do(f->app, actions[i]);
            check(f, "after an action");
            app_state(f->app)->overlay = OVERLAY_NONE;
        }
    }
    for (int mode = 0; mode < COLOUR_COUNT; mode++) {
        app_state(f->app)->view = VIEW_MAP;
        app_state(f->app)->colour = (enum colour_mode)mode;
        check(f, "a colour mode");
    }
    for (int shows = 0; shows < BYTES_SHOWS; shows++) {
        app_state(f->app)->view = VIEW_BYTES;
        app_state(f->app)->bytes.shows = (enum bytes_shows)shows;
        check(f, "bytes");
    }
}

static void check_entry(struct fixture *f)
{
    static const char *const entries[] = {"x", "#99999999", "0x1", "t=99999999"};
    for (size_t i = 0; i < COUNT(entries); i++) {
        app_do(f->app, ACTION_GO);
        snprintf(app_state(f->app)->entry, VIEW_ENTRY_MAX, "%s", entries[i]);
        app_key(f->app, KEY_ENTER, 0);
        check(f, "an entry that is refused");
        app_state(f->app)->overlay = OVERLAY_NONE;
    }
}

/* Both languages, all sizes, all themes: dark and light lay their texts out alike, so light has one size. */
static void check_all(struct fixture *f)
{
    const struct model *model = source_model(f->source);
    uint32_t failure = model_next_mark(model, 0, 1, true);
    const uint32_t events[] = {0, failure, model->count / 2, model->count};
    for (int round = 0; round < LANGUAGE_COUNT * (int)COUNT(sizes) * THEME_COUNT; round++) {
        const int *size = sizes[round / LANGUAGE_COUNT % (int)COUNT(sizes)];
        struct view_state *state = app_state(f->app);
        state->language = (enum language)(round % LANGUAGE_COUNT);
        state->theme = (enum theme_id)(round / LANGUAGE_COUNT / (int)COUNT(sizes));
        if (state->theme == THEME_LIGHT && size != sizes[1]) {
            continue;
        }
        state->projector = state->theme == THEME_PROJECTOR;
        state->message[0] = '\0'; /* of the language before */
        app_resize(f->app, size[0], size[1]);
        for (size_t i = 0; i < VIEW_COUNT * COUNT(events); i++) { /* view by view, since each has a strip of its own to paint */
            check_view(f, (enum view_kind)(i / COUNT(events)), events[i % COUNT(events)]);
        }
        check_overlays(f);
        check_work(f);
        if (size == sizes[0] && state->theme == THEME_DARK) {
            check_entry(f);
            check_messages(f);
        }
    }
}

static const struct { const char *policy; uint32_t heap_bytes, grain; } runs[] = {
    {"first_fit", 18000, 1}, {"tlsf", 310000, 20}, {"buddy", 400000, 20}, {"rtthread_slab", 600000, 20}, {"pool", 300000, 1},
    {"best_fit,first_fit", 18000, 1}, {"best_fit,first_fit,next_fit,buddy", 400000, 20}};

START_TEST(every_view_speaks_one_language)
{
    struct fixture f;
    fixture_open(&f, fixture_trace(42, 8, runs[_i].grain), runs[_i].policy, runs[_i].heap_bytes);
    check_all(&f);
    fixture_close(&f);
}
END_TEST

/* With call sites. */
START_TEST(a_recorded_program_speaks_one_language)
{
    struct fixture f;
    fixture_open(&f, NULL, "first_fit", 44032);
    ck_assert(source_load(f.source, HUB, NULL));
    app_opened(f.app);
    check_all(&f);
    fixture_close(&f);
}
END_TEST

START_TEST(a_trace_that_is_not_whole_speaks_one_language)
{
    char path[300];
    struct fixture f;
    snprintf(path, sizeof path, HEAPLAB_BUILD_DIR "/languages-%ld.jsonl", (long)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"bad\"}}\n"
          "{\"op\":\"alloc\",\"id\":1,\"size\":100}\n{\"op\":\"alloc\",\"id\":1,\"size\":100}\n{\"op\":\"free\",\"id\":7}\n"
          "{\"op\":\"free\",\"id\":1}\n{\"op\":\"free\",\"id\":1}\n{\"op\":\"al",
          file);
    fclose(file);
    fixture_open(&f, NULL, "first_fit", 0);
    ck_assert(source_load(f.source, path, NULL));
    unlink(path);
    app_opened(f.app);
    ck_assert_uint_gt(source_model(f.source)->anomalies_kept, 2);
    check_all(&f);
    fixture_close(&f);
}
END_TEST

/* The heap becomes smaller until the policy refuses it. */
START_TEST(a_refusal_speaks_one_language)
{
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        struct fixture f;
        bool refused = false;
        fixture_open(&f, fixture_trace(42, 2, 1), "tlsf", 16384);
        app_state(f.app)->language = (enum language)language;
        for (int i = 0; i < 8 && !refused; i++) {
            app_do(f.app, ACTION_HEAP_SMALLER);
            refused = app_state(f.app)->message[0] != '\0';
            check(&f, "a smaller heap");
        }
        ck_assert(refused);
        fixture_close(&f);
    }
}
END_TEST

/* Empty, loading, errors: as the source says them, and every error that it could say. */
static void check_state(struct fixture *f, enum model_state state, const char *title, const char *detail)
{
    struct model model = *source_model(f->source);
    char what[300], why[300];
    int w, h;
    model.state = state;
    snprintf(model.title, sizeof model.title, "%s", title);
    snprintf(model.detail, sizeof model.detail, "%s", detail);
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        app_state(f->app)->language = (enum language)language;
        const struct drawlist *list = app_draw_model(f->app, &model, &w, &h);
        snprintf(what, sizeof what, "%s: %s", title, detail);
        check_words(list, &model, (enum language)language, what);
        ck_assert_msg(check_list(list, w, h, 11, why, sizeof why), "%s: %s", what, why);
    }
}

START_TEST(every_state_speaks_one_language)
{
    struct fixture f;
    char text[300];
    fixture_open(&f, NULL, "first_fit", 0);
    app_resize(f.app, 1024, 640);
    check_state(&f, MODEL_EMPTY, source_model(f.source)->title, source_model(f.source)->detail);
    check_state(&f, MODEL_LOADING, "Reading 1", "");
    check_state(&f, MODEL_LOADING, "Running tlsf", "The whole trace runs once, for its history.");
    check_state(&f, MODEL_LOADING, "Running tlsf on 64 KiB", "");
    check_state(&f, MODEL_LOADING, "Running 3 lanes", "");
    for (int code = -1; code >= -39; code--) {
        if (strcmp(trace_error_text(code), "unknown error") != 0) {
            snprintf(text, sizeof text, "1:7:3: %s: found 8 (after 5 whole events)", trace_error_text(code));
            check_state(&f, MODEL_ERROR, "Line 7 cannot be read", text);
        }
    }
    for (int code = -1; code >= -13; code--) {
        ck_assert_str_ne(heap_error_text(code), "unknown error");
        snprintf(text, sizeof text, "tlsf: %s", heap_error_text(code));
        check_state(&f, MODEL_ERROR, "The policy refuses this heap", text);
    }
    check_state(&f, MODEL_ERROR, "The trace has several heaps: choose one with --heap NAME", "0 (5 events, peak 64 B), 1 (1 event, peak 8 B)");
    for (int language = 0; language < LANGUAGE_COUNT; language++) {
        app_state(f.app)->language = (enum language)language;
        ck_assert(!source_load(f.source, "/1/2", NULL));
        app_opened(f.app);
        check(&f, "no such file");
    }
    fixture_close(&f);
}
END_TEST

START_TEST(every_idea_of_a_policy_is_translated)
{
    char said[300];
    for (size_t i = 0; i < heap_policy_count; i++) {
        const char *idea = heap_policies[i]->inspect ? heap_policies[i]->inspect->idea : NULL;
        if (idea) {
            words_said(LANGUAGE_CHINESE, idea, said, sizeof said);
            ck_assert_msg(chinese_in(said), "%s: `%s` has no translation", heap_policies[i]->name, idea);
            words_said(LANGUAGE_ENGLISH, idea, said, sizeof said);
            ck_assert_str_eq(said, idea);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_languages");
    TCase *cases = tcase_create("languages");
    tcase_add_loop_test(cases, every_view_speaks_one_language, 0, (int)COUNT(runs));
    tcase_add_test(cases, a_recorded_program_speaks_one_language);
    tcase_add_test(cases, a_trace_that_is_not_whole_speaks_one_language);
    tcase_add_test(cases, a_refusal_speaks_one_language);
    tcase_add_test(cases, every_state_speaks_one_language);
    tcase_add_test(cases, every_idea_of_a_policy_is_translated);
    tcase_set_timeout(cases, 300);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
