/* xdnd_drop: drops a file onto a window, as a file manager does it: the X drag and drop protocol (XDND 5), without a mouse.
 * usage: xdnd_drop WINDOW FILE. Exit 0: the window took it; 1: it did not, or did not answer in ten seconds. */
#include <X11/Xatom.h>
#include <X11/Xlib.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 5, ANSWER_MS = 10000 };

struct drag {
    Display *display;
    Window own, target;
    Atom type, selection, enter, position, status, drop, finished, copy;
    char uri[3000];
};

/* file:// and the path, with everything that is not plain as %XX. */
static bool write_uri(struct drag *drag, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./~";
    size_t used = (size_t)snprintf(drag->uri, sizeof drag->uri, "file://");
    for (const char *c = path; *c && used + 6 < sizeof drag->uri; c++) {
        used += (size_t)snprintf(drag->uri + used, sizeof drag->uri - used, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c);
    }
    snprintf(drag->uri + used, sizeof drag->uri - used, "\r\n");
    return path[0] == '/';
}

static void tell(const struct drag *drag, Atom what, long b, long c, long d, long e)
{
    XEvent event = {.xclient = {.type = ClientMessage, .window = drag->target, .message_type = what, .format = 32}};
    event.xclient.data.l[0] = (long)drag->own;
    event.xclient.data.l[1] = b;
    event.xclient.data.l[2] = c;
    event.xclient.data.l[3] = d;
    event.xclient.data.l[4] = e;
    XSendEvent(drag->display, drag->target, False, NoEventMask, &event);
    XFlush(drag->display);
}

/* The window asks for the name of the file. */
static void answer(const struct drag *drag, const XSelectionRequestEvent *request)
{
    XEvent event = {.xselection = {.type = SelectionNotify, .requestor = request->requestor, .selection = request->selection,
                                   .target = request->target, .property = request->property, .time = request->time}};
    XChangeProperty(drag->display, request->requestor, request->property, request->target, 8, PropModeReplace,
                    (const unsigned char *)drag->uri, (int)strlen(drag->uri));
    XSendEvent(drag->display, request->requestor, False, NoEventMask, &event);
    XFlush(drag->display);
}

/* Waits for the window's message `what`, and answers what it asks meanwhile. */
static bool await(const struct drag *drag, Atom what, XClientMessageEvent *message)
{
    XEvent event;
    for (;;) {
        struct pollfd fd = {.fd = ConnectionNumber(drag->display), .events = POLLIN};
        if (XPending(drag->display) == 0 && poll(&fd, 1, ANSWER_MS) <= 0) {
            return false;
        }
        XNextEvent(drag->display, &event);
        if (event.type == SelectionRequest) {
            answer(drag, &event.xselectionrequest);
        } else if (event.type == ClientMessage && event.xclient.message_type == what) {
            *message = event.xclient;
            return true;
        }
    }
}

static bool open_drag(struct drag *drag, const char *window)
{
    drag->display = XOpenDisplay(NULL);
    if (!drag->display) {
        return false;
    }
    drag->target = (Window)strtoul(window, NULL, 0);
    drag->own = XCreateSimpleWindow(drag->display, DefaultRootWindow(drag->display), 0, 0, 1, 1, 0, 0, 0);
    drag->type = XInternAtom(drag->display, "text/uri-list", False);
    drag->selection = XInternAtom(drag->display, "XdndSelection", False);
    drag->enter = XInternAtom(drag->display, "XdndEnter", False);
    drag->position = XInternAtom(drag->display, "XdndPosition", False);
    drag->status = XInternAtom(drag->display, "XdndStatus", False);
    drag->drop = XInternAtom(drag->display, "XdndDrop", False);
    drag->finished = XInternAtom(drag->display, "XdndFinished", False);
    drag->copy = XInternAtom(drag->display, "XdndActionCopy", False);
    XSetSelectionOwner(drag->display, drag->selection, drag->own, CurrentTime);
    return true;
}

static bool drop(const struct drag *drag)
{
    XClientMessageEvent message;
    tell(drag, drag->enter, VERSION << 24, (long)drag->type, None, None);
    tell(drag, drag->position, 0, 200 << 16 | 200, CurrentTime, (long)drag->copy);
    if (!await(drag, drag->status, &message) || !(message.data.l[1] & 1)) {
        return false;
    }
    tell(drag, drag->drop, 0, CurrentTime, 0, 0);
    return await(drag, drag->finished, &message);
}

int main(int argc, char **argv)
{
    struct drag drag = {.display = NULL};
    if (argc != 3 || !write_uri(&drag, argv[2])) {
        fputs("usage: xdnd_drop WINDOW /PATH\n", stderr);
        return 2;
    }
    bool done = open_drag(&drag, argv[1]) && drop(&drag);
    if (drag.display) {
        XCloseDisplay(drag.display);
    }
    if (!done) {
        fputs("xdnd_drop: the window does not take it\n", stderr);
    }
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
