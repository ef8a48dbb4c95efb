/* begin.h: from the options of the command line to what is seen first. What K prints comes back through here, so a picture without a
 * window, the window, and the test of that round trip all begin in the same way. */
#ifndef HEAPLAB_VIZ_BEGIN_H
#define HEAPLAB_VIZ_BEGIN_H

#include "app.h"
#include "options.h"

#define BEGIN_PLAY_SECONDS 30

/* Something that was asked for is not to be had; the picture shows what comes nearest. */
typedef void begin_note(const char *format, ...);

/* Without a run only what needs none: theme, size, language. Call it again when the trace has been opened. */
void begin_view(struct app *app, struct source *source, const struct view_options *options, begin_note *note);

#endif
