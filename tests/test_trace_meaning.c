/* test_trace_meaning.c: what each event does to its id: slots, fresh and retires, default times, and the rules of realloc and failure. */
#include "test_trace_support.h"
#include "trace_ids.h"

#define NONE TRACE_NO_SLOT

struct expected { uint32_t slot; bool fresh, retires; uint64_t t; };

static void check_with(const struct trace_options *options, const char *text, const struct expected *expected, size_t count)
{
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, strlen(text), options, &error);
    ck_assert_ptr_nonnull(reader);
    for (size_t i = 0; i < count; i++) {
        int code = trace_reader_next(reader, &event);
        ck_assert_msg(code == 1, "event %zu: %s", i, trace_reader_error(reader)->found);
        ck_assert_msg(event.slot == expected[i].slot, "event %zu: slot %u", i, event.slot);
        ck_assert_msg(event.fresh == expected[i].fresh && event.retires == expected[i].retires, "event %zu", i);
        ck_assert_msg(event.t == expected[i].t, "event %zu: t %llu", i, (unsigned long long)event.t);
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), 0);
    trace_reader_close(reader);
}
#define CHECK(text, ...) check_with(NULL, text, (const struct expected[]){__VA_ARGS__}, sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

START_TEST(slots_are_dense_and_the_last_freed_comes_first)
{
    CHECK(H "{\"op\":\"alloc\",\"id\":10,\"size\":1}\n{\"op\":\"calloc\",\"id\":20,\"size\":1}\n{\"op\":\"alloc\",\"id\":30,\"size\":0}\n"
            "{\"op\":\"free\",\"id\":10}\n{\"op\":\"free\",\"id\":30}\n{\"op\":\"alloc\",\"id\":10,\"size\":1}\n{\"op\":\"alloc\",\"id\":1,\"size\":1}\n",
          {0, true, false, 0}, {1, true, false, 1}, {2, true, false, 2}, {0, false, true, 3}, {2, false, true, 4}, {2, true, false, 5},
          {0, true, false, 6});
}
END_TEST

START_TEST(realloc_keeps_grows_frees_and_allocates)
{
    CHECK(H "{\"op\":\"realloc\",\"id\":1,\"size\":8}\n{\"op\":\"realloc\",\"id\":1,\"size\":16}\n{\"op\":\"realloc\",\"id\":1,\"size\":0,\"failed\":true}\n"
            "{\"op\":\"realloc\",\"id\":1,\"size\":0}\n{\"op\":\"realloc\",\"id\":2,\"size\":0}\n{\"op\":\"realloc\",\"id\":3,\"size\":9,\"failed\":true}\n",
          {0, true, false, 0}, {0, false, false, 1}, {0, false, false, 2}, {0, false, true, 3}, {NONE, false, false, 4}, {NONE, false, false, 5});
}
END_TEST

/* With zero_keeps an id outlives its realloc to size 0: it may be freed, reallocated, or allocated anew in its slot. */
START_TEST(an_id_outlives_size_0_where_that_is_asked)
{
    static const struct trace_options keeps = {.zero_keeps = true};
    static const char text[] = H "{\"op\":\"alloc\",\"id\":7,\"size\":8}\n{\"op\":\"realloc\",\"id\":7,\"size\":0}\n{\"op\":\"alloc\",\"id\":8,\"size\":8}\n"
                                 "{\"op\":\"realloc\",\"id\":7,\"size\":4}\n{\"op\":\"realloc\",\"id\":7,\"size\":0}\n{\"op\":\"alloc\",\"id\":7,\"size\":5}\n"
                                 "{\"op\":\"free\",\"id\":7}\n{\"op\":\"alloc\",\"id\":9,\"size\":1}\n{\"op\":\"realloc\",\"id\":5,\"size\":0}\n";
    static const struct expected expected[] = {{0, true, false, 0},  {0, false, false, 1}, {1, true, false, 2}, {0, false, false, 3}, {0, false, false, 4},
                                               {0, true, false, 5},  {0, false, true, 6},  {0, true, false, 7}, {NONE, false, false, 8}};
    check_with(&keeps, text, expected, sizeof expected / sizeof expected[0]);
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, sizeof text - 1, NULL, &error); /* without it the fourth event's id is dead */
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    }
    ck_assert_int_eq(trace_reader_next(reader, &event), TRACE_E_ID_DEAD);
    trace_reader_close(reader);
    static const char twice[] = H "{\"op\":\"alloc\",\"id\":7,\"size\":8}\n{\"op\":\"alloc\",\"id\":7,\"size\":8}\n";
    reader = trace_reader_open_memory(twice, sizeof twice - 1, &keeps, &error); /* an id that was never 0 is taken */
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_int_eq(trace_reader_next(reader, &event), TRACE_E_ID_LIVE);
    trace_reader_close(reader);
}
END_TEST

START_TEST(a_failed_event_gives_no_slot)
{
    CHECK(H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"failed\":true}\n{\"op\":\"alloc\",\"id\":1,\"size\":8}\n{\"op\":\"realloc\",\"id\":1,\"size\":99,\"failed\":true}\n"
            "{\"op\":\"free\",\"id\":1}\n{\"op\":\"free\",\"id\":0}\n{\"op\":\"mark\",\"name\":\"m\",\"id\":5}\n",
          {NONE, false, false, 0}, {0, true, false, 1}, {0, false, false, 2}, {0, false, true, 3}, {NONE, false, false, 4}, {NONE, false, false, 5});
}
END_TEST

START_TEST(a_missing_time_is_the_index_until_one_is_given)
{
    CHECK(H "{\"op\":\"free\",\"id\":0}\n{\"op\":\"free\",\"id\":0}\n{\"op\":\"free\",\"id\":0,\"t\":70}\n{\"op\":\"free\",\"id\":0}\n{\"op\":\"free\",\"id\":0,\"t\":70}\n",
          {NONE, false, false, 0}, {NONE, false, false, 1}, {NONE, false, false, 70}, {NONE, false, false, 70}, {NONE, false, false, 70});
}
END_TEST

START_TEST(members_without_use_get_their_default)
{
    static const char text[] = H "{\"op\":\"alloc\",\"id\":1,\"size\":8,\"count\":7,\"name\":\"x\"}\n{\"op\":\"free\",\"id\":1,\"size\":8,\"align\":8,\"wait\":3,\"failed\":true}\n";
    struct trace_error error;
    struct trace_event event;
    struct trace_reader *reader = trace_reader_open_memory(text, sizeof text - 1, NULL, &error);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert_uint_eq(event.count, 1);
    ck_assert_ptr_null(event.name);
    ck_assert_int_eq(trace_reader_next(reader, &event), 1);
    ck_assert(event.size == 0 && event.align == 0 && event.wait == 0 && !event.failed && event.retires);
    trace_reader_close(reader);
}
END_TEST

/* The table against a plain array of flags, with ids that come in order, backwards, with gaps and at random. */
START_TEST(the_id_table_agrees_with_an_array)
{
    enum { IDS = 4096, STEPS = 20000 };
    static uint32_t slot_of[IDS * 3 + 1];
    static bool seen[IDS * 3 + 1];
    struct trace_ids ids;
    uint64_t state = 12345;
    size_t live = 0;
    ck_assert(trace_ids_open(&ids));
    memset(slot_of, 0xFF, sizeof slot_of);
    memset(seen, 0, sizeof seen);
    for (uint32_t step = 0; step < STEPS; step++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint64_t random = state >> 33, id = 1 + (_i == 0 ? step % IDS : _i == 1 ? IDS - step % IDS : _i == 2 ? random % IDS * 3 : random % IDS);
        ck_assert_uint_eq(trace_ids_find(&ids, id), slot_of[id]);
        ck_assert_int_eq(trace_ids_seen(&ids, id), seen[id]);
        if (trace_ids_next_in_sequence(&ids, id)) {
            ck_assert(!seen[id]);
        }
        if (slot_of[id] != UINT32_MAX) {
            ck_assert(trace_ids_remove(&ids, id, slot_of[id]));
            slot_of[id] = UINT32_MAX;
            live--;
        } else if (random % 8 == 0) {
            ck_assert(trace_ids_note(&ids, id));
            seen[id] = true;
        } else {
            slot_of[id] = trace_ids_add(&ids, id);
            ck_assert_uint_lt(slot_of[id], ids.slot_count);
            seen[id] = true;
            live++;
        }
        ck_assert_uint_eq(trace_ids_live(&ids), live);
    }
    trace_ids_close(&ids);
}
END_TEST

START_TEST(ids_in_order_leave_no_pages_behind)
{
    struct trace_ids ids;
    ck_assert(trace_ids_open(&ids));
    for (uint64_t id = 1; id <= 100000; id += 2) {
        ck_assert(trace_ids_note(&ids, id + 1)); /* always one ahead */
        ck_assert(trace_ids_note(&ids, id));
    }
    ck_assert_uint_eq(ids.all_up_to, 100000);
    ck_assert_uint_le(ids.seen.used, 1);
    trace_ids_close(&ids);
}
END_TEST

START_TEST(append_checks_as_the_readers_do)
{
    struct trace *trace = trace_new("built");
    struct trace_event event = trace_event_make(TRACE_ALLOC, 7, 100);
    ck_assert_int_eq(trace_append(trace, &event), 0);
    ck_assert_int_eq(trace_append(trace, &event), TRACE_E_ID_LIVE);
    event = trace_event_make(TRACE_REALLOC, 7, UINT64_C(1) << 40);
    ck_assert_int_eq(trace_append(trace, &event), 0);
    event = trace_event_make(TRACE_FREE, 8, 0);
    ck_assert_int_eq(trace_append(trace, &event), TRACE_E_ID_DEAD);
    event = trace_event_make(TRACE_FREE, 7, 0);
    ck_assert_int_eq(trace_append(trace, &event), 0);
    event = trace_event_make(TRACE_MARK, 0, 0);
    ck_assert_int_eq(trace_append(trace, &event), TRACE_E_MISSING);
    event.name = "phase";
    ck_assert_int_eq(trace_append(trace, &event), 0);
    event = trace_event_make(TRACE_ALLOC, 9, 1);
    event.site = 0;
    ck_assert_int_eq(trace_append(trace, &event), TRACE_E_INDEX);
    ck_assert_uint_eq(trace_count(trace), 4);
    ck_assert_uint_eq(trace_slot_count(trace), 1);
    ck_assert_uint_eq(trace_peak_payload(trace), 100); /* what no 32-bit heap serves is left out */
    trace_get(trace, 1, &event);
    ck_assert(event.size == UINT64_C(1) << 40 && event.slot == 0 && event.t == 1 && !event.fresh);
    trace_get(trace, 3, &event);
    ck_assert_str_eq(event.name, "phase");
    ck_assert(!trace_has_sites(trace) && !trace_has_threads(trace) && !trace_has_time(trace));
    ck_assert_str_eq(trace_header_of(trace)->name, "built");
    trace_free(trace);
}
END_TEST

START_TEST(columns_keep_the_widest_values)
{
    struct trace *trace = trace_new(NULL);
    const uint64_t sizes[] = {0, 255, 256, 65535, 65536, UINT32_MAX, (uint64_t)UINT32_MAX + 1, TRACE_ID_MAX, 3};
    for (size_t i = 0; i < 9; i++) {
        struct trace_event event = trace_event_make(TRACE_CALLOC, TRACE_ID_MAX - i, sizes[i]);
        event.t = sizes[i < 8 ? i : 7];
        event.wait = i % 2 ? -1 : (int64_t)sizes[i];
        event.align = i ? UINT64_C(1) << (i * 6) : 0;
        ck_assert_int_eq(trace_append(trace, &event), 0);
    }
    for (size_t i = 0; i < 9; i++) {
        struct trace_event event;
        trace_get(trace, i, &event);
        ck_assert(event.id == TRACE_ID_MAX - i && event.size == sizes[i] && event.t == sizes[i < 8 ? i : 7] && event.slot == i);
        ck_assert(event.wait == (i % 2 ? -1 : (int64_t)sizes[i]) && event.align == (i ? UINT64_C(1) << (i * 6) : 0));
    }
    trace_free(trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace meaning");
    TCase *rules = tcase_create("rules");
    tcase_add_test(rules, slots_are_dense_and_the_last_freed_comes_first);
    tcase_add_test(rules, realloc_keeps_grows_frees_and_allocates);
    tcase_add_test(rules, an_id_outlives_size_0_where_that_is_asked);
    tcase_add_test(rules, a_failed_event_gives_no_slot);
    tcase_add_test(rules, a_missing_time_is_the_index_until_one_is_given);
    tcase_add_test(rules, members_without_use_get_their_default);
    tcase_add_loop_test(rules, the_id_table_agrees_with_an_array, 0, 4);
    tcase_add_test(rules, ids_in_order_leave_no_pages_behind);
    tcase_add_test(rules, append_checks_as_the_readers_do);
    tcase_add_test(rules, columns_keep_the_widest_values);
    suite_add_tcase(suite, rules);
    return run_suite(suite);
}
