/* view_main.h: the command heaplab-view as a function. */
#ifndef HEAPLAB_VIZ_VIEW_MAIN_H
#define HEAPLAB_VIZ_VIEW_MAIN_H

/* argv[0] is the command's name. Returns the exit code: 0 done, 2 usage, 3 bad trace, 4 no memory, a limit, or no display. */
int view_main(int argc, char **argv);

#endif
