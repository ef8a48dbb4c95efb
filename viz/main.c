/* main.c: the command heaplab-view. */
#include "view_main.h"

int main(int argc, char **argv) { return view_main(argc, argv); }
