/* fault.h: what happens when the program does something that the processor refuses, or an interrupt that nobody wants. */
#ifndef FAULT_H
#define FAULT_H

#define FAULT_EXIT_CODE 70 /* of the emulator, so that a script sees it */

/* The handler of every fault and unused vector: prints the kind, the registers and the addresses concerned, and exits with
 * FAULT_EXIT_CODE. It has a stack of its own: it works after a stack overflow too. */
void fault_handler(void);

#endif
