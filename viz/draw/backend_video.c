/* backend_video.c: frames as raw pixels into ffmpeg's standard input.
 *
 * ffmpeg runs as a child without a shell, so that no name can be read as a command. One thread and its bit-exact flags, without
 * metadata, make the file depend on the frames alone.
 */
#include "backend_video.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct video {
    char *path, *temporary; /* temporary: beside it, with the same ending */
    int pipe;               /* to ffmpeg; -1: closed */
    pid_t pid;
    int w, h, failed_errno;
    void (*old_pipe_signal)(int);
};

static void video_free(struct video *video)
{
    if (video->pipe >= 0) {
        close(video->pipe);
    }
    free(video->path);
    free(video->temporary);
    free(video);
}

/* "dir/name.mp4" becomes "dir/.name.PID.mp4"; a name that begins with `-` gets "./", so that it is no option. */
static char *temporary_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    size_t size = strlen(path) + 40;
    char *out = malloc(size);
    if (out) {
        snprintf(out, size, "%.*s.%.*s.%ld%s", slash ? (int)(name - path) : 2, slash ? path : "./", dot ? (int)(dot - name) : (int)strlen(name), name,
                 (long)getpid(), dot ? dot : "");
    }
    return out;
}

static int spawn_ffmpeg(struct video *video, int from)
{
    char size[32], rate[12];
    const uint32_t probe = 1;
    const char *pixels = *(const uint8_t *)&probe == 1 ? "bgra" : "argb"; /* 0xFFRRGGBB as this machine keeps it */
    snprintf(size, sizeof size, "%dx%d", video->w, video->h);
    snprintf(rate, sizeof rate, "%d", VIDEO_FRAMES_A_SECOND);
    const char *arguments[] = {"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", pixels,
                               "-video_size", size, "-framerate", rate, "-i", "pipe:0", "-an", "-vf",
                               "pad=ceil(iw/2)*2:ceil(ih/2)*2," /* most formats want even sizes */
                               "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int", /* what players take HD for */
                               "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
                               "-pix_fmt", "yuv420p", "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1",
                               video->temporary, NULL};
    posix_spawn_file_actions_t actions;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure) {
        return failure;
    }
    failure = posix_spawn_file_actions_adddup2(&actions, from, STDIN_FILENO);
    if (!failure) {
        failure = posix_spawnp(&video->pid, "ffmpeg", &actions, NULL, (char *const *)(void *)arguments, environ);
    }
    posix_spawn_file_actions_destroy(&actions);
    return failure;
}

static bool start(struct video *video, char *why, size_t why_size)
{
    int ends[2];
    if (pipe(ends) != 0) {
        snprintf(why, why_size, "no pipe to ffmpeg: %s", strerror(errno));
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    video->pipe = ends[1];
    int failure = spawn_ffmpeg(video, ends[0]);
    close(ends[0]);
    if (failure == ENOENT) {
        snprintf(why, why_size, "--video needs the program ffmpeg, which is not installed here (Debian package ffmpeg); --frames DIR writes the "
                                "pictures one by one");
    } else if (failure) {
        snprintf(why, why_size, "ffmpeg does not start: %s", strerror(failure));
    }
    return failure == 0;
}

struct video *video_open(const char *path, int w, int h, char *why, size_t why_size)
{
    struct video *video = calloc(1, sizeof *video);
    snprintf(why, why_size, "out of memory");
    if (!video) {
        return NULL;
    }
    video->pipe = -1;
    video->w = w;
    video->h = h;
    video->path = strdup(path);
    video->temporary = temporary_of(path);
    if (!video->path || !video->temporary || !start(video, why, why_size)) {
        video_free(video);
        return NULL;
    }
    video->old_pipe_signal = signal(SIGPIPE, SIG_IGN); /* an ffmpeg that ends early is told by write */
    return video;
}

bool video_put(struct video *video, const struct raster *raster)
{
    const uint8_t *bytes = (const uint8_t *)raster->pixels;
    size_t left = (size_t)video->w * (size_t)video->h * sizeof *raster->pixels;
    while (left > 0 && !video->failed_errno) {
        ssize_t n = write(video->pipe, bytes, left);
        if (n >= 0) {
            bytes += n;
            left -= (size_t)n;
        } else if (errno != EINTR) {
            video->failed_errno = errno;
        }
    }
    return !video->failed_errno;
}

/* The exit code of ffmpeg, or -1. */
static int wait_for(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool video_close(struct video *video, bool keep, char *why, size_t why_size)
{
    close(video->pipe);
    video->pipe = -1;
    int code = wait_for(video->pid);
    signal(SIGPIPE, video->old_pipe_signal);
    bool kept = keep && code == 0 && !video->failed_errno;
    if (kept && rename(video->temporary, video->path) != 0) {
        snprintf(why, why_size, "cannot write %s: %s", video->path, strerror(errno));
        kept = false;
    } else if (!kept && code != 0) {
        snprintf(why, why_size, "cannot write %s: ffmpeg failed (its own words stand above)", video->path);
    } else if (!kept && video->failed_errno) {
        snprintf(why, why_size, "cannot write %s: ffmpeg ended early: %s", video->path, strerror(video->failed_errno));
    }
    if (!kept) {
        unlink(video->temporary);
    }
    video_free(video);
    return kept;
}
