/* What the window remembers: written and read back, where it stands, and that a bad file changes nothing. */
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"
#include "viz_fixture.h"

static char folder[300], path[400];

static void make_path(void)
{
    snprintf(folder, sizeof folder, HEAPLAB_BUILD_DIR "/settings-%ld", (long)getpid());
    snprintf(path, sizeof path, "%s/heaplab/viewer", folder);
}

static void remove_all(void)
{
    char middle[350];
    snprintf(middle, sizeof middle, "%s/heaplab", folder);
    unlink(path);
    rmdir(middle);
    rmdir(folder);
}

static void write_text(const char *text, size_t size)
{
    char why[300];
    ck_assert_msg(settings_save(&settings_default, path, why, sizeof why), "%s", why); /* makes the folders */
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    fclose(file);
}

static void check_default(const struct settings *settings)
{
    ck_assert_int_eq(settings->w, 1280);
    ck_assert_int_eq(settings->h, 800);
    ck_assert_int_eq(settings->theme, THEME_DARK);
    ck_assert_int_eq(settings->language, LANGUAGE_ENGLISH);
    ck_assert_int_eq(settings->scale_percent, 0);
}

START_TEST(what_is_written_is_read_back)
{
    char why[300];
    struct settings back, kept = {1920, 1000, THEME_LIGHT, LANGUAGE_CHINESE, 150};
    make_path();
    ck_assert_msg(settings_load(&back, path, why, sizeof why), "%s", why); /* no file: the defaults */
    check_default(&back);
    ck_assert_msg(settings_save(&kept, path, why, sizeof why), "%s", why);
    ck_assert_msg(settings_load(&back, path, why, sizeof why), "%s", why);
    ck_assert_int_eq(back.w, 1920);
    ck_assert_int_eq(back.h, 1000);
    ck_assert_int_eq(back.theme, THEME_LIGHT);
    ck_assert_int_eq(back.language, LANGUAGE_CHINESE);
    ck_assert_int_eq(back.scale_percent, 150);
    remove_all();
}
END_TEST

START_TEST(a_bad_file_gives_the_defaults_and_one_reason)
{
    static const struct { const char *text, *why; } bad[] = {
        {"theme = loud", "line 1: theme: found `loud`"}, {"# x\n\nwindow = 10x10", "line 3: window: found `10x10`"},
        {"window=1280x800z", "WIDTHxHEIGHT"},            {"window = 99999x99999", "at least 1024x640"},
        {"scale = 99", "100 to 300"},                    {"scale = 150 %", "100 to 300"},
        {"language = fr", "en or zh"},                   {"theme = projector", "dark or light"},
        {"theme = light\nrubbish", "line 2: found `rubbish`"}, {"theme=", "found ``"}};
    make_path();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char why[300] = "";
        struct settings back;
        write_text(bad[i].text, strlen(bad[i].text));
        ck_assert_msg(!settings_load(&back, path, why, sizeof why), "%s", bad[i].text);
        ck_assert_msg(strstr(why, bad[i].why) != NULL && strchr(why, '\n') == NULL, "%s: %s", bad[i].text, why);
        check_default(&back);
    }
    remove_all();
}
END_TEST

START_TEST(other_names_spaces_and_notes_are_passed_over)
{
    char why[300] = "";
    struct settings back;
    static const char text[] = "  # a note\r\n\r\n later = 1 \n\ttheme=light  \r\nscale =auto";
    make_path();
    write_text(text, sizeof text - 1);
    ck_assert_msg(settings_load(&back, path, why, sizeof why), "%s", why);
    ck_assert_int_eq(back.theme, THEME_LIGHT);
    remove_all();
}
END_TEST

START_TEST(what_is_no_text_or_no_file_is_refused)
{
    char why[300] = "", long_text[5000];
    struct settings back;
    make_path();
    write_text("theme\0=light", 12);
    ck_assert(!settings_load(&back, path, why, sizeof why));
    memset(long_text, '#', sizeof long_text);
    write_text(long_text, sizeof long_text);
    ck_assert(!settings_load(&back, path, why, sizeof why));
    ck_assert(!settings_load(&back, folder, why, sizeof why));
    check_default(&back);
    ck_assert(!settings_save(&settings_default, "/no/such/folder/at/all", why, sizeof why));
    ck_assert_ptr_nonnull(strstr(why, "cannot write"));
    remove_all();
}
END_TEST

START_TEST(the_place_follows_the_environment)
{
    char found[200];
    setenv("HOME", "/home/me", 1);
    setenv("XDG_CONFIG_HOME", "/cfg", 1);
    ck_assert(settings_path(found, sizeof found));
    ck_assert_str_eq(found, "/cfg/heaplab/viewer");
    setenv("XDG_CONFIG_HOME", "relative", 1); /* the rule of that variable: it does not count */
    ck_assert(settings_path(found, sizeof found));
    ck_assert_str_eq(found, "/home/me/.config/heaplab/viewer");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
    ck_assert(!settings_path(found, sizeof found));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("viz_settings");
    TCase *cases = tcase_create("settings");
    tcase_add_test(cases, what_is_written_is_read_back);
    tcase_add_test(cases, a_bad_file_gives_the_defaults_and_one_reason);
    tcase_add_test(cases, other_names_spaces_and_notes_are_passed_over);
    tcase_add_test(cases, what_is_no_text_or_no_file_is_refused);
    tcase_add_test(cases, the_place_follows_the_environment);
    suite_add_tcase(suite, cases);
    return fixture_run(suite);
}
