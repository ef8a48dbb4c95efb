/* view_lesson.c: the Lesson view's place: it is not there yet, and says so above the scrubber. */
#include "pane.h"

static struct screen layout(const struct view_ask *ask)
{
    struct screen screen = screen_begin(ask->w, ask->h, ask->scale_percent);
    screen_foot(&screen, screen.content.x, screen.content.w, screen_px(&screen, 56), 0);
    return screen;
}

static void draw(const struct frame *frame)
{
    later_screen_draw(frame, WORD_LATER_LESSON);
    strip_pane_draw(frame, frame->caches->strip[0]);
    time_axis_draw(frame);
}

static const struct key_hint hints[] = {
    {"Space", "play", ACTION_PLAY, 0}, {"\u2190\u2192", "event", ACTION_STEP, 0}, {"1", "back to the map", ACTION_TAB_MAP, 1},
};

const struct view_def view_def_lesson = {
    .name = "lesson", .tab = WORD_TAB_LESSON, .layout = layout, .draw = draw, .hints = hints, .hint_count = sizeof hints / sizeof *hints,
};
