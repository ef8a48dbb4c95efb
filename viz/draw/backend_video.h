/* backend_video.h: pictures one after another into a video file, through the program ffmpeg where it is installed. */
#ifndef HEAPLAB_VIZ_BACKEND_VIDEO_H
#define HEAPLAB_VIZ_BACKEND_VIDEO_H

#include <stdbool.h>
#include <stddef.h>

#include "raster.h"

#define VIDEO_FRAMES_A_SECOND 30

struct video;

/* Starts ffmpeg for frames of w x h; the format follows from the name's ending. It writes beside `path`, which is replaced only by a
 * whole video. The same frames give the same bytes with the same ffmpeg. NULL: `why` says why. */
struct video *video_open(const char *path, int w, int h, char *why, size_t why_size);

/* The next frame, of the size given to video_open. False: ffmpeg has ended; video_close says why. */
bool video_put(struct video *video, const struct raster *raster);

/* Waits for ffmpeg. With `keep` and a whole video the file is there. False: it is not, the old one stands, and `why` says why. */
bool video_close(struct video *video, bool keep, char *why, size_t why_size);

#endif
