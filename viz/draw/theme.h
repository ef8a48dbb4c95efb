/* theme.h: every colour that the viewer shows, in three themes.
 *
 * `fail` means failure, its pins and external fragmentation, `ok` the largest hole and success; nothing else uses them.
 * The six kinds differ in colour, in pattern and in lightness, so that they are told apart with any colour vision and in greyscale.
 */
#ifndef HEAPLAB_VIZ_THEME_H
#define HEAPLAB_VIZ_THEME_H

#include "drawlist.h"

enum kind { KIND_PAYLOAD, KIND_SLACK, KIND_HEADER, KIND_CONTROL, KIND_FREE, KIND_RESERVED, KIND_COUNT };

extern const char *const kind_names[KIND_COUNT];

enum theme_id { THEME_DARK, THEME_LIGHT, THEME_PROJECTOR, THEME_COUNT };

#define RAMP_STEPS 8
#define CATEGORIES 8 /* seven, and the last for all others */

struct theme {
    const char *name;
    uint32_t bg, surface, well, line, line2;
    uint32_t ink, ink2, ink3, focus;
    uint32_t fail, failbg, ok, okbg, internal;
    uint32_t life_short, life_mid, life_long, life_pin;
    struct draw_style kinds[KIND_COUNT];
    struct draw_style scattered; /* free bytes outside the largest hole */
    uint32_t ramp[RAMP_STEPS];   /* size and age; more stands further from the ground */
    uint32_t category[CATEGORIES];
};

extern const struct theme themes[THEME_COUNT];

/* The theme of that name, or THEME_COUNT. */
enum theme_id theme_find(const char *name);

/* WCAG 2 contrast of two opaque colours, 1 … 21. */
double theme_contrast(uint32_t a, uint32_t b);

/* White if it reads on `fill` at 4.5 : 1, else near black. */
uint32_t theme_label_ink(uint32_t fill);

#endif
