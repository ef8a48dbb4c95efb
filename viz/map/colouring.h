/* colouring.h: which colour a block's payload gets in each colour mode. Header and slack only step back. */
#ifndef HEAPLAB_VIZ_COLOURING_H
#define HEAPLAB_VIZ_COLOURING_H

#include "model.h"
#include "view.h"

#define COLOURING_TOP (CATEGORIES - 1)

/* Made once a picture: the seven sites or threads with the most live bytes, most first. */
struct colouring {
    const struct theme *theme;
    const struct model *model;
    enum colour_mode mode;
    uint32_t top[COLOURING_TOP];
    int top_count;
    struct draw_style kinds[KIND_COUNT]; /* as in the theme; header and slack dimmed unless the mode is kind */
};

/* O(blocks) for sites and threads, O(1) else. */
struct colouring colouring_make(const struct theme *theme, const struct model *model, enum colour_mode mode);

/* The fill of a block's payload. */
uint32_t colouring_payload(const struct colouring *colouring, const struct model_block *block);

/* Can this trace serve the mode? */
bool colouring_serves(const struct model *model, enum colour_mode mode);

extern const char *const colour_mode_names[COLOUR_COUNT];

#endif
