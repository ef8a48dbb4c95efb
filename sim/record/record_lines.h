/* record_lines.h: file and line of addresses, by binutils' addr2line. */
#ifndef HEAPLAB_SIM_RECORD_LINES_H
#define HEAPLAB_SIM_RECORD_LINES_H

#include <stddef.h>
#include <stdint.h>

/* lines[i] = "file.c:165" (to be freed) for the virtual address i of the ELF file, or NULL where none is known. One process for all;
 * if addr2line is missing or fails, all are NULL. Nothing goes through a shell. */
void record_lines_find(const char *elf_path, const uint64_t *addresses, size_t count, char **lines);

#endif
