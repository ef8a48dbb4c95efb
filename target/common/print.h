/* print.h: the little of formatted output that the apps need, without a C library's printf. One call is one write to the host
 * only at print_line: the text collects in a line buffer of 256 bytes and what does not fit is cut. Not for interrupts. */
#ifndef PRINT_H
#define PRINT_H

#include <stdint.h>

void print_text(const char *text);
void print_unsigned(uint64_t value);
void print_signed(int32_t value);
void print_hex(uint32_t value); /* eight digits */
void print_line(void);          /* ends the line and writes it */

/* " KEY VALUE" lines: the apps' output is read by a program. */
void print_pair(const char *key, uint64_t value);
void print_pair_hex(const char *key, uint32_t value);

#endif
