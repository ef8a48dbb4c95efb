/* viz_fixture.h: a small deterministic trace in memory and a viewer without a window over it. */
#ifndef HEAPLAB_TESTS_VIZ_FIXTURE_H
#define HEAPLAB_TESTS_VIZ_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "model.h"
#include "raster.h"
#include "trace.h"

struct fixture {
    struct text *text;
    struct source *source;
    struct app *app;
    struct raster raster;
};

static inline uint32_t fixture_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

static inline void fixture_put(struct trace *trace, enum trace_op op, uint64_t id, uint64_t size, const char *name)
{
    struct trace_event event = {.op = (uint8_t)op, .id = id, .size = size, .count = 1, .t = trace_count(trace), .site = TRACE_NO_SITE,
                                .slot = TRACE_NO_SLOT, .name = name};
    ck_assert_int_eq(trace_append(trace, &event), 0);
}

/* Bursts of small blocks with a few long-lived ones between them and some large ones, phase after phase: the heap fragments.
 * `grain` multiplies every size. */
static inline struct trace *fixture_trace(uint64_t seed, uint32_t phases, uint32_t grain)
{
    enum { LIVE = 512 };
    uint64_t live[LIVE], next = 1, state = seed;
    uint32_t count = 0;
    char name[32];
    struct trace *trace = trace_new("bursts");
    ck_assert_ptr_nonnull(trace);
    for (uint32_t phase = 0; phase < phases; phase++) {
        snprintf(name, sizeof name, "phase %u", (unsigned)phase + 1);
        fixture_put(trace, TRACE_MARK, 0, 0, name);
        for (int i = 0; i < 100 && count < LIVE; i++) {
            uint32_t roll = fixture_random(&state);
            fixture_put(trace, TRACE_ALLOC, next, (roll % 16 == 0 ? 300 + roll % 900 : 8 + roll % 120) * grain, NULL);
            live[count++] = next++;
        }
        for (uint32_t i = 0; i < count;) {
            if (fixture_random(&state) % 8 == 0 && count < 200) {
                i++; /* stays for long */
                continue;
            }
            fixture_put(trace, TRACE_FREE, live[i], 0, NULL);
            live[i] = live[--count];
        }
    }
    return trace;
}

/* 1280x800 over `trace` (which it takes) on a heap of `heap_bytes` with a policy. */
static inline void fixture_open(struct fixture *f, struct trace *trace, const char *policy, uint32_t heap_bytes)
{
    char why[300];
    memset(f, 0, sizeof *f);
    f->text = text_open(why, sizeof why);
    ck_assert_msg(f->text != NULL, "%s", why);
    struct source_options options = {.policy = policy, .heap_bytes = heap_bytes, .arena_base = 0x20000000};
    f->source = source_new(&options);
    ck_assert_ptr_nonnull(f->source);
    if (trace) {
        ck_assert_msg(source_take(f->source, trace), "%s: %s", source_model(f->source)->title, source_model(f->source)->detail);
    }
    f->app = app_new(f->source, f->text, 1280, 800);
    ck_assert_ptr_nonnull(f->app);
}

static inline void fixture_close(struct fixture *f)
{
    app_free(f->app);
    source_free(f->source);
    text_close(f->text);
    raster_free(&f->raster);
}

/* A trace file of its own for this process, of pairs of a request and its release, for what happens while one is read. */
static inline void fixture_write_trace(char *path, size_t size, uint32_t events)
{
    snprintf(path, size, "/tmp/viz_trace_%d.jsonl", (int)getpid());
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("{\"format\":\"heaplab-trace\",\"version\":1,\"meta\":{\"name\":\"long\"}}\n", file);
    for (uint32_t i = 0; i < events / 2; i++) {
        fprintf(file, "{\"op\":\"alloc\",\"id\":%u,\"size\":%u}\n{\"op\":\"free\",\"id\":%u}\n", i + 1, 16 + i % 500, i + 1);
    }
    fclose(file);
}

/* Draws one picture; returns its list. */
static inline const struct drawlist *fixture_draw(struct fixture *f)
{
    int w, h;
    return app_draw(f->app, &w, &h);
}

/* The same with its pixels in `raster`: most of a picture's time, so only for a test that looks at them. */
static inline const struct drawlist *fixture_raster(struct fixture *f)
{
    int w, h;
    const struct drawlist *list = app_draw(f->app, &w, &h);
    ck_assert(raster_resize(&f->raster, w, h));
    raster_draw(&f->raster, list);
    return list;
}

static inline int fixture_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
