/* print.c: numbers into a line buffer. */
#include "print.h"

#include <string.h>

#include "port.h"

static char line[256];
static uint32_t used;

static void put(char character)
{
    if (used < sizeof line - 1) {
        line[used++] = character;
    }
}

void print_text(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

void print_unsigned(uint64_t value)
{
    char digits[20];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + (char)(value % 10));
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        put(digits[--count]);
    }
}

void print_signed(int32_t value)
{
    if (value < 0) {
        put('-');
    }
    print_unsigned(value < 0 ? (uint64_t)(-(int64_t)value) : (uint64_t)value);
}

void print_hex(uint32_t value)
{
    for (uint32_t shift = 32; shift > 0;) {
        shift -= 4;
        put("0123456789abcdef"[value >> shift & 15u]);
    }
}

void print_line(void)
{
    line[used++] = '\n';
    port_write(line, used);
    used = 0;
}

void print_pair(const char *key, uint64_t value)
{
    print_text(key);
    put(' ');
    print_unsigned(value);
    print_line();
}

void print_pair_hex(const char *key, uint32_t value)
{
    print_text(key);
    put(' ');
    print_hex(value);
    print_line();
}
