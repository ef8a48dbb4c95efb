/* text.h: the fonts, and runs of text as coverage masks.
 *
 * Inter for words and JetBrains Mono for every number, address, id and key, from Debian's font packages, with light hinting.
 * A run is rendered once and kept; when the cache is full, the runs that were not used since the last sweep go.
 * Chinese characters in a run come from Noto Sans CJK SC, opened at the first of them.
 * No SDL type appears here: layout code measures text without knowing how it is rendered.
 */
#ifndef HEAPLAB_VIZ_TEXT_H
#define HEAPLAB_VIZ_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_face { FACE_REGULAR, FACE_MEDIUM, FACE_SEMIBOLD, FACE_MONO, FACE_MONO_BOLD, FACE_COUNT };

struct text; /* fonts and cache; one thread */

struct text_mask {
    int w, h;             /* pixels */
    int ascent;           /* rows from the top to the baseline */
    const uint8_t *alpha; /* w * h coverage values */
};

/* Opens the font files. NULL if a font is missing; `why` then names the file and the Debian package. */
struct text *text_open(char *why, size_t why_size);
void text_close(struct text *text); /* NULL is allowed */

/* Advance width in pixels of a run at `size` pixels an em; 0 for the empty run. O(1) for a run in the cache. */
int text_width(struct text *text, uint8_t face, int size, const char *utf8);

/* The run's coverage; NULL for the empty run or without memory. Valid until the next call on this text. */
const struct text_mask *text_run(struct text *text, uint8_t face, int size, const char *utf8);

/* A font that was wanted and is not there, with its Debian package; NULL: none. Its characters are drawn as boxes. */
const char *text_missing(const struct text *text);

/* Memory ran out for some text since text_open: a picture may lack it. */
bool text_lost(const struct text *text);

/* Height of a capital letter, for centring words and numbers on a line. */
int text_cap_height(int size);

#endif
