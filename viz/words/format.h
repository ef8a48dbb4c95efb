/* format.h: numbers as people read them: thousands by comma, bytes as B and KiB, fractions with one digit. */
#ifndef HEAPLAB_VIZ_FORMAT_H
#define HEAPLAB_VIZ_FORMAT_H

#include <stdint.h>

#define FORMAT_MAX 32 /* bytes that hold any result with its terminator */

struct text_number { char s[FORMAT_MAX]; };

struct text_number format_count(uint64_t value);                  /* 9,582 */
struct text_number format_bytes(uint64_t bytes);                  /* 1,114 B */
struct text_number format_size(uint64_t bytes);                   /* 40 KiB, 114.1 KiB, 888 B: rounded, for axes */
struct text_number format_exact(uint64_t bytes);                  /* 2 MiB, 2,700 KiB, 18,000 B: nothing rounded */
struct text_number format_percent(uint64_t part, uint64_t whole); /* 52.6 %; 0.0 % of nothing */
struct text_number format_speed(uint64_t events);                 /* 300/s, 1.2k/s, 10k/s, 1M/s */
struct text_number format_address(uint64_t address);              /* 2000F000; at least eight digits */

#endif
