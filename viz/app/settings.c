/* settings.c: the file behind settings.h. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "screen.h"
#include "trace/trace_output.h"

#define SIDE_MAX 16384
#define FILE_MAX 4096 /* bytes; a longer file is none of ours */

const struct settings settings_default = {1280, 800, THEME_DARK, LANGUAGE_ENGLISH, 0};

bool settings_path(char *path, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n = -1;
    if (config && config[0] == '/') {
        n = snprintf(path, size, "%s/heaplab/viewer", config);
    } else if (home && home[0] == '/') {
        n = snprintf(path, size, "%s/.config/heaplab/viewer", home);
    }
    return n > 0 && (size_t)n < size;
}

/* ---- reading ---- */

static bool set_window(struct settings *settings, const char *value)
{
    int end = 0;
    return sscanf(value, "%5dx%5d%n", &settings->w, &settings->h, &end) == 2 && value[end] == '\0' && settings->w >= SCREEN_MIN_W &&
           settings->h >= SCREEN_MIN_H && settings->w <= SIDE_MAX && settings->h <= SIDE_MAX;
}

static bool set_theme(struct settings *settings, const char *value)
{
    settings->theme = theme_find(value);
    return settings->theme == THEME_DARK || settings->theme == THEME_LIGHT;
}

static bool set_language(struct settings *settings, const char *value)
{
    settings->language = language_find(value);
    return settings->language != LANGUAGE_COUNT;
}

static bool set_scale(struct settings *settings, const char *value)
{
    int end = 0;
    if (strcmp(value, "auto") == 0) {
        settings->scale_percent = 0;
        return true;
    }
    return sscanf(value, "%3d%n", &settings->scale_percent, &end) == 1 && value[end] == '\0' && settings->scale_percent >= 100 &&
           settings->scale_percent <= 300;
}

static const struct { const char *name, *expected; bool (*set)(struct settings *, const char *); } table[] = {
    {"window", "WIDTHxHEIGHT, at least 1024x640", set_window}, {"theme", "dark or light", set_theme},
    {"language", "en or zh", set_language},                    {"scale", "auto, or 100 to 300", set_scale},
};

/* Cuts spaces off both ends. */
static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1])) {
        text[--length] = '\0';
    }
    return text;
}

static bool take_line(struct settings *settings, char *line, char *why, size_t why_size)
{
    char *value = strchr(line, '=');
    line = trim(line);
    if (*line == '\0' || *line == '#') {
        return true;
    }
    if (!value) {
        snprintf(why, why_size, "found `%.40s`, expected `name = value`", line);
        return false;
    }
    *value = '\0';
    char *name = trim(line);
    value = trim(value + 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strcmp(table[i].name, name) == 0 && !table[i].set(settings, value)) {
            snprintf(why, why_size, "%s: found `%.40s`, expected %s", name, value, table[i].expected);
            return false;
        }
    }
    return true;
}

static bool take_text(struct settings *settings, char *text, char *why, size_t why_size)
{
    char reason[160];
    int number = 1;
    for (char *line = text, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        if (!take_line(settings, line, reason, sizeof reason)) {
            snprintf(why, why_size, "line %d: %s", number, reason);
            return false;
        }
    }
    return true;
}

bool settings_load(struct settings *settings, const char *path, char *why, size_t why_size)
{
    char text[FILE_MAX + 1];
    *settings = settings_default;
    FILE *file = fopen(path, "rb");
    if (!file) {
        snprintf(why, why_size, "%s", strerror(errno));
        return errno == ENOENT;
    }
    size_t count = fread(text, 1, sizeof text, file);
    int failed = ferror(file) ? errno : 0;
    fclose(file);
    if (failed || count > FILE_MAX || memchr(text, '\0', count)) {
        snprintf(why, why_size, "%s", failed ? strerror(failed) : "this is not a file of settings");
        return false;
    }
    text[count] = '\0';
    if (!take_text(settings, text, why, why_size)) {
        *settings = settings_default;
        return false;
    }
    return true;
}

/* ---- writing ---- */

/* Makes the folder that holds `path`, and the one that holds that. What fails shows when the file is opened. */
static void make_folders(const char *path)
{
    char folder[1024];
    size_t length = strlen(path);
    size_t ends[2] = {0, 0};
    for (size_t i = length; i > 0 && (!ends[0] || !ends[1]); i--) {
        if (path[i - 1] == '/') {
            *(ends[1] ? &ends[0] : &ends[1]) = i - 1;
        }
    }
    for (int i = 0; i < 2; i++) {
        if (ends[i] > 0 && ends[i] < sizeof folder) {
            snprintf(folder, sizeof folder, "%.*s", (int)ends[i], path);
            mkdir(folder, 0700);
        }
    }
}

bool settings_save(const struct settings *settings, const char *path, char *why, size_t why_size)
{
    char text[300], scale[16] = "auto";
    if (settings->scale_percent) {
        snprintf(scale, sizeof scale, "%d", settings->scale_percent);
    }
    int n = snprintf(text, sizeof text, "# what heaplab-view remembers\nwindow = %dx%d\ntheme = %s\nlanguage = %s\nscale = %s\n", settings->w,
                     settings->h, themes[settings->theme].name, language_names[settings->language], scale);
    make_folders(path);
    struct trace_output *output = trace_output_open(path, false);
    if (!output) {
        snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    trace_output_put(output, text, (size_t)n);
    if (!trace_output_close(output, true)) {
        snprintf(why, why_size, "cannot write %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}
