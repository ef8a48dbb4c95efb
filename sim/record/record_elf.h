/* record_elf.h: what is asked of an ELF file, of either word size: its interpreter, its symbols, where its debug information is. */
#ifndef HEAPLAB_SIM_RECORD_ELF_H
#define HEAPLAB_SIM_RECORD_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_elf; /* a mapped file */

/* NULL if it cannot be read or is no ELF file of this machine's byte order. */
struct record_elf *record_elf_open(const char *path);
void record_elf_close(struct record_elf *elf); /* NULL is allowed */

uint32_t record_elf_word_bits(const struct record_elf *elf);      /* 32 or 64 */
uint32_t record_elf_machine(const struct record_elf *elf);        /* EM_* */
const char *record_elf_interpreter(const struct record_elf *elf); /* PT_INTERP; NULL: statically linked */
bool record_elf_has_lines(const struct record_elf *elf);          /* .debug_line is there */
bool record_elf_debug_path(const struct record_elf *elf, char *path, size_t size); /* /usr/lib/debug/.build-id/…, whether it exists or not */

/* Reads .symtab and .dynsym for the look-ups; false without memory. */
bool record_elf_load_symbols(struct record_elf *elf);

/* The function that covers a virtual address of the file, and the offset in it; NULL if none does. O(log symbols). */
const char *record_elf_symbol(const struct record_elf *elf, uint64_t address, uint64_t *offset);

#endif
