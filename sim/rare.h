/* rare.h: what runs at every event is laid out for what is common. */
#ifndef HEAPLAB_SIM_RARE_H
#define HEAPLAB_SIM_RARE_H

#define RARE(condition) __builtin_expect((condition), 0)

#endif
