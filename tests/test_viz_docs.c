/* docs/VIEWER.md is complete: every key with what it does, every option of the command line, every kind's colours. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "view.h"

static char page[65536];

static void setup(void)
{
    FILE *file = fopen(HEAPLAB_SOURCE_DIR "/docs/VIEWER.md", "rb");
    ck_assert_ptr_nonnull(file);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    ck_assert_uint_lt(strlen(page), sizeof page - 1);
}

static void check_keys(const struct key_binding *keys, uint32_t count)
{
    char row[160];
    for (uint32_t i = 0; i < count; i++) {
        if (keys[i].shown) {
            snprintf(row, sizeof row, "| `%s` | %s |", keys[i].shown, keys[i].what);
            ck_assert_msg(strstr(page, row) != NULL, "%s", row);
        }
    }
}

START_TEST(every_key_is_listed)
{
    check_keys(input_keys, input_key_count);
    for (int i = 0; i < VIEW_COUNT; i++) {
        const struct view_def *def = view_def_of((enum view_kind)i);
        check_keys(def->keys, def->key_count);
    }
}
END_TEST

/* Words of the help that begin with two hyphens. */
START_TEST(every_option_is_named)
{
    char option[64];
    uint32_t seen = 0;
    for (const char *at = strstr(view_options_help, "--"); at; at = strstr(at + 2, "--")) {
        size_t length = 2 + strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
        snprintf(option, sizeof option, "%.*s", (int)length, at);
        ck_assert_msg(strstr(page, option) != NULL, "%s", option);
        seen++;
    }
    ck_assert_uint_gt(seen, 20);
}
END_TEST

START_TEST(the_colours_of_the_kinds_are_those_of_the_themes)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        char row[200], cells[160] = "";
        size_t used = 0;
        for (int id = 0; id < THEME_COUNT; id++) {
            const struct draw_style *style = &themes[id].kinds[kind];
            int wrote = kind == KIND_PAYLOAD
                            ? snprintf(cells + used, sizeof cells - used, "| `%06X` ", (unsigned)(style->fill & 0xFFFFFF))
                            : snprintf(cells + used, sizeof cells - used, "| `%06X` / `%06X` ", (unsigned)(style->fill & 0xFFFFFF),
                                       (unsigned)(style->mark & 0xFFFFFF));
            used += (size_t)wrote;
        }
        snprintf(row, sizeof row, "\n| %s |", kind_names[kind]);
        const char *line = strstr(page, row), *end = line ? strchr(line + 1, '\n') : NULL, *colours = line ? strstr(line, cells) : NULL;
        ck_assert_msg(colours && colours < end, "%s %s", row + 1, cells);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_docs");
    TCase *cases = tcase_create("page");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, every_key_is_listed);
    tcase_add_test(cases, every_option_is_named);
    tcase_add_test(cases, the_colours_of_the_kinds_are_those_of_the_themes);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
