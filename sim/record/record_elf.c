/* record_elf.c: reads ELF files by hand, as every range is checked against the file's size: a recorded program may be any file.
 *
 * The two word sizes are read into common structs by two small functions; nothing else knows of them. */
#include "record_elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct section { uint32_t name, type, link; uint64_t offset, size; };
struct symbol { uint64_t value, size; const char *name; };

struct record_elf {
    const unsigned char *bytes;
    size_t size;
    bool is64;
    uint32_t machine;
    uint64_t section_offset, segment_offset;
    uint32_t section_count, segment_count, names_index;
    struct symbol *symbols; /* functions, by value */
    size_t symbol_count;
};

/* `bytes` bytes at `offset`, or NULL if the file is too short. */
static const unsigned char *range(const struct record_elf *elf, uint64_t offset, uint64_t bytes)
{
    return offset <= elf->size && bytes <= elf->size - offset ? elf->bytes + offset : NULL;
}

/* A NUL-terminated string at `offset`, or NULL. */
static const char *string_at(const struct record_elf *elf, uint64_t offset)
{
    if (offset >= elf->size || memchr(elf->bytes + offset, '\0', elf->size - offset) == NULL) {
        return NULL;
    }
    return (const char *)elf->bytes + offset;
}

static bool read_file_header(struct record_elf *elf)
{
    Elf64_Ehdr h64;
    Elf32_Ehdr h32;
    const unsigned char *bytes = range(elf, 0, sizeof h32);
    const unsigned char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    if (bytes == NULL || memcmp(bytes, ELFMAG, SELFMAG) != 0 || bytes[EI_DATA] != order) {
        return false;
    }
    elf->is64 = bytes[EI_CLASS] == ELFCLASS64;
    if (elf->is64) {
        if (range(elf, 0, sizeof h64) == NULL) {
            return false;
        }
        memcpy(&h64, bytes, sizeof h64);
        elf->machine = h64.e_machine;
        elf->section_offset = h64.e_shoff, elf->section_count = h64.e_shnum, elf->names_index = h64.e_shstrndx;
        elf->segment_offset = h64.e_phoff, elf->segment_count = h64.e_phnum;
        return true;
    }
    memcpy(&h32, bytes, sizeof h32);
    elf->machine = h32.e_machine;
    elf->section_offset = h32.e_shoff, elf->section_count = h32.e_shnum, elf->names_index = h32.e_shstrndx;
    elf->segment_offset = h32.e_phoff, elf->segment_count = h32.e_phnum;
    return bytes[EI_CLASS] == ELFCLASS32;
}

static bool read_section(const struct record_elf *elf, uint32_t index, struct section *section)
{
    Elf64_Shdr h64;
    Elf32_Shdr h32;
    size_t bytes = elf->is64 ? sizeof h64 : sizeof h32;
    const unsigned char *at = index < elf->section_count ? range(elf, elf->section_offset + index * bytes, bytes) : NULL;
    if (at == NULL) {
        return false;
    }
    if (elf->is64) {
        memcpy(&h64, at, sizeof h64);
        *section = (struct section){h64.sh_name, h64.sh_type, h64.sh_link, h64.sh_offset, h64.sh_size};
    } else {
        memcpy(&h32, at, sizeof h32);
        *section = (struct section){h32.sh_name, h32.sh_type, h32.sh_link, h32.sh_offset, h32.sh_size};
    }
    return section->type == SHT_NOBITS || range(elf, section->offset, section->size) != NULL;
}

static bool find_section(const struct record_elf *elf, const char *name, struct section *section)
{
    struct section names;
    if (!read_section(elf, elf->names_index, &names)) {
        return false;
    }
    for (uint32_t i = 0; i < elf->section_count; i++) {
        const char *own = read_section(elf, i, section) ? string_at(elf, names.offset + section->name) : NULL;
        if (own != NULL && strcmp(own, name) == 0) {
            return true;
        }
    }
    return false;
}

struct record_elf *record_elf_open(const char *path)
{
    struct record_elf *elf = calloc(1, sizeof *elf);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *bytes = MAP_FAILED;
    if (elf != NULL && fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0) {
        close(fd);
    }
    if (bytes == MAP_FAILED) {
        free(elf);
        return NULL;
    }
    elf->bytes = bytes;
    elf->size = (size_t)st.st_size;
    if (read_file_header(elf)) {
        return elf;
    }
    record_elf_close(elf);
    return NULL;
}

void record_elf_close(struct record_elf *elf)
{
    if (elf == NULL) {
        return;
    }
    munmap((void *)(uintptr_t)elf->bytes, elf->size);
    free(elf->symbols);
    free(elf);
}

uint32_t record_elf_word_bits(const struct record_elf *elf) { return elf->is64 ? 64 : 32; }

uint32_t record_elf_machine(const struct record_elf *elf) { return elf->machine; }

const char *record_elf_interpreter(const struct record_elf *elf)
{
    Elf64_Phdr h64;
    Elf32_Phdr h32;
    size_t bytes = elf->is64 ? sizeof h64 : sizeof h32;
    for (uint32_t i = 0; i < elf->segment_count; i++) {
        const unsigned char *at = range(elf, elf->segment_offset + i * bytes, bytes);
        if (at == NULL) {
            return NULL;
        }
        memcpy(elf->is64 ? (void *)&h64 : (void *)&h32, at, bytes);
        if ((elf->is64 ? h64.p_type : h32.p_type) == PT_INTERP) {
            return string_at(elf, elf->is64 ? h64.p_offset : h32.p_offset);
        }
    }
    return NULL;
}

bool record_elf_has_lines(const struct record_elf *elf)
{
    struct section lines;
    return find_section(elf, ".debug_line", &lines) && lines.type != SHT_NOBITS;
}

bool record_elf_debug_path(const struct record_elf *elf, char *path, size_t size)
{
    struct section section;
    Elf32_Nhdr note; /* the same in both word sizes */
    if (!find_section(elf, ".note.gnu.build-id", &section) || section.size < sizeof note + 4) {
        return false;
    }
    const unsigned char *at = elf->bytes + section.offset;
    memcpy(&note, at, sizeof note);
    const unsigned char *id = at + sizeof note + 4; /* behind "GNU" */
    if (note.n_namesz != 4 || note.n_descsz < 2 || note.n_descsz > section.size - sizeof note - 4) {
        return false;
    }
    int used = snprintf(path, size, "/usr/lib/debug/.build-id/%02x/", id[0]);
    for (uint32_t i = 1; i < note.n_descsz && used > 0 && (size_t)used < size; i++) {
        used += snprintf(path + used, size - (size_t)used, "%02x", id[i]);
    }
    if (used > 0 && (size_t)used < size) {
        used += snprintf(path + used, size - (size_t)used, ".debug");
    }
    return used > 0 && (size_t)used < size;
}

/* ---- symbols ---- */

static bool read_symbol(const struct record_elf *elf, const struct section *table, size_t index, const struct section *strings,
                        struct symbol *symbol)
{
    Elf64_Sym s64;
    Elf32_Sym s32;
    size_t bytes = elf->is64 ? sizeof s64 : sizeof s32;
    const unsigned char *at = elf->bytes + table->offset + index * bytes;
    uint32_t name, section;
    unsigned char type;
    if (elf->is64) {
        memcpy(&s64, at, sizeof s64);
        name = s64.st_name, section = s64.st_shndx, type = ELF64_ST_TYPE(s64.st_info);
        symbol->value = s64.st_value, symbol->size = s64.st_size;
    } else {
        memcpy(&s32, at, sizeof s32);
        name = s32.st_name, section = s32.st_shndx, type = ELF32_ST_TYPE(s32.st_info);
        symbol->value = s32.st_value, symbol->size = s32.st_size;
    }
    symbol->name = name < strings->size ? string_at(elf, strings->offset + name) : NULL;
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && section != SHN_UNDEF && symbol->name != NULL && symbol->name[0] != '\0';
}

static bool load_table(struct record_elf *elf, const char *name)
{
    struct section table, strings;
    if (!find_section(elf, name, &table) || table.type == SHT_NOBITS || !read_section(elf, table.link, &strings) ||
        strings.type == SHT_NOBITS) {
        return true; /* stripped */
        }
    size_t count = table.size / (elf->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym));
    struct symbol *symbols = count == 0 ? NULL : realloc(elf->symbols, (elf->symbol_count + count) * sizeof *symbols);
    if (symbols == NULL) {
        return count == 0;
    }
    elf->symbols = symbols;
    for (size_t i = 0; i < count; i++) {
        if (read_symbol(elf, &table, i, &strings, &symbols[elf->symbol_count])) {
            elf->symbol_count++;
        }
    }
    return true;
}

/* By value; of several at one value a name without a leading underscore comes first, then by name: an alias is chosen the same way always. */
static int compare_symbols(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    if ((x->name[0] == '_') != (y->name[0] == '_')) {
        return x->name[0] == '_' ? 1 : -1;
    }
    return strcmp(x->name, y->name);
}

bool record_elf_load_symbols(struct record_elf *elf)
{
    if (!load_table(elf, ".symtab") || !load_table(elf, ".dynsym")) {
        return false;
    }
    if (elf->symbol_count > 0) {
        qsort(elf->symbols, elf->symbol_count, sizeof *elf->symbols, compare_symbols);
    }
    return true;
}

const char *record_elf_symbol(const struct record_elf *elf, uint64_t address, uint64_t *offset)
{
    size_t low = 0, high = elf->symbol_count; /* the first symbol above the address is at `high` in the end */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (elf->symbols[middle].value <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (high == 0) {
        return NULL;
    }
    size_t at = high - 1;
    while (at > 0 && elf->symbols[at - 1].value == elf->symbols[at].value) {
        at--;
    }
    *offset = address - elf->symbols[at].value;
    return *offset < elf->symbols[at].size ? elf->symbols[at].name : NULL;
}
