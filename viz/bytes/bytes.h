/* bytes.h: the parts of the Bytes view: what it is about, its rows of bytes, its panel. */
#ifndef HEAPLAB_VIZ_BYTES_H
#define HEAPLAB_VIZ_BYTES_H

#include "pane.h"

#define BYTES_A_ROW 32u

enum subject_reason {
    SUBJECT_PINNED,
    SUBJECT_GONE, /* pinned, but not alive: where it lies otherwise */
    SUBJECT_EVENT,
    SUBJECT_LARGEST,
    SUBJECT_START, /* the heap's first byte, where nothing else is to be shown */
    SUBJECT_POINTED
};

/* A block, a hole, or another span. */
struct bytes_subject {
    enum subject_reason reason;
    uint32_t off, size; /* size 0: the heap has no byte */
    uint32_t block;     /* MODEL_NONE: not a block, but the span */
    uint32_t span;      /* the first of its spans */
};

/* What the view stands at: the pinned block, else the block of the last event (or the place that it freed), else the largest hole, else
 * the heap's start. */
struct bytes_subject bytes_anchor(const struct model *model, const struct view_state *state);

/* The block or span that holds the offset; size 0 outside the heap. */
struct bytes_subject bytes_at(const struct model *model, uint32_t off);

/* What lies directly before (-1) and behind (1) the subject; size 0: the heap's end. */
struct bytes_subject bytes_beside(const struct model *model, const struct bytes_subject *subject, int side);

/* Offset of the first byte of the first row, of `rows`, that shows the subject best, or as the person scrolled. */
uint32_t bytes_first(const struct model *model, const struct view_state *state, int rows);

void bytes_grid_draw(const struct frame *frame, const struct bytes_subject *anchor);
void bytes_panel_draw(const struct frame *frame, const struct bytes_subject *subject);

/* What the panel is made of: rows of name and value until the column is full. */
struct bytes_panel { const struct frame *frame; int y, bottom; };
bool bytes_panel_head(struct bytes_panel *panel, const char *title, int rows); /* false: no room for it and so many rows */
bool bytes_panel_row(struct bytes_panel *panel, int indent, const char *name, const char *value); /* false: the column is full */
bool bytes_panel_field(struct bytes_panel *panel, int indent, const char *name, const char *value); /* the policy's word: not translated */
void bytes_panel_total(struct bytes_panel *panel, const char *name, const char *value);           /* the same, in bold */
void bytes_fields_draw(struct bytes_panel *panel, const struct bytes_subject *subject);
void bytes_map_draw(struct bytes_panel *panel, const struct bytes_subject *subject); /* nothing where the policy keeps no map */
void bytes_grant_draw(struct bytes_panel *panel, const struct model_block *block);

#endif
