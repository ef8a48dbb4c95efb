/* settings.h: what the window remembers from one time to the next: its size, theme, language and scale.
 *
 * One small text file, `name = value` a line, in $XDG_CONFIG_HOME/heaplab/viewer (without that variable ~/.config/heaplab/viewer).
 * Only a window reads and writes it of itself; pictures without a window are the same whatever it says.
 */
#ifndef HEAPLAB_VIZ_SETTINGS_H
#define HEAPLAB_VIZ_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "theme.h"
#include "words.h"

struct settings {
    int w, h;          /* of the window, points */
    enum theme_id theme; /* dark or light: projector mode is not remembered */
    enum language language;
    int scale_percent; /* 0: by the size, else 100 … 300 */
};

extern const struct settings settings_default;

/* Where they are. False: there is no home for them (neither variable is set to an absolute path). */
bool settings_path(char *path, size_t size);

/* Reads them; names that are not known are passed over, and what is not said keeps its default. A file that is not there is none: true.
 * False: `why` says what is wrong with it, and *settings holds the defaults. */
bool settings_load(struct settings *settings, const char *path, char *why, size_t why_size);

/* Writes them, whole or not at all; makes the last two folders of `path` where they are missing. False: `why` says why. */
bool settings_save(const struct settings *settings, const char *path, char *why, size_t why_size);

#endif
