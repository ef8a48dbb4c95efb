/* text.c: SDL2_ttf behind text.h.
 *
 * A run's width and coverage are made together on the first use. The cache is an open hash table of RUNS_MAX runs: a picture holds
 * about 150, and a playing trace makes some 20 new numbers a frame, so a sweep happens every few seconds and costs under a millisecond.
 */
#include "text.h"

#include <SDL2/SDL_ttf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZES_MAX 24
#define RUNS_MAX 4096u /* a power of two; at most half of it is used */
#define PARTS_MAX 64

/* Beside the faces of text.h: what stands in for them where a run has Chinese characters. */
enum { FACE_CJK = FACE_COUNT, FACE_CJK_BOLD, ALL_FACES };

static const struct { const char *file, *package; long index; } face_files[ALL_FACES] = {
    [FACE_REGULAR] = {"/usr/share/fonts/opentype/inter/Inter-Regular.otf", "fonts-inter", 0},
    [FACE_MEDIUM] = {"/usr/share/fonts/opentype/inter/Inter-Medium.otf", "fonts-inter", 0},
    [FACE_SEMIBOLD] = {"/usr/share/fonts/opentype/inter/Inter-SemiBold.otf", "fonts-inter", 0},
    [FACE_MONO] = {"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf", "fonts-jetbrains-mono", 0},
    [FACE_MONO_BOLD] = {"/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Bold.ttf", "fonts-jetbrains-mono", 0},
    [FACE_CJK] = {"/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "fonts-noto-cjk", 2},
    [FACE_CJK_BOLD] = {"/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", "fonts-noto-cjk", 2},
};

struct run {
    char *utf8; /* NULL: the place is empty */
    uint8_t *alpha;
    struct text_mask mask;
    int width, size;
    uint8_t face;
    bool used; /* since the last sweep */
};

struct text {
    TTF_Font *fonts[ALL_FACES][SIZES_MAX];
    int sizes[SIZES_MAX];
    int size_count;
    struct run *runs;
    uint32_t run_count;
    char missing[160]; /* which font was wanted and is not there */
    bool lost;         /* a run, without memory */
};

static bool face_exists(uint8_t face, char *why, size_t why_size)
{
    FILE *file = fopen(face_files[face].file, "rb");
    if (file) {
        fclose(file);
        return true;
    }
    snprintf(why, why_size, "the font %s is missing: install the Debian package %s", face_files[face].file, face_files[face].package);
    return false;
}

struct text *text_open(char *why, size_t why_size)
{
    for (uint8_t face = 0; face < FACE_COUNT; face++) {
        if (!face_exists(face, why, why_size)) {
            return NULL;
        }
    }
    if (TTF_Init() != 0) {
        snprintf(why, why_size, "SDL2_ttf does not start: %s", TTF_GetError());
        return NULL;
    }
    struct text *text = calloc(1, sizeof *text);
    if (text) {
        text->runs = calloc(RUNS_MAX, sizeof *text->runs);
    }
    if (!text || !text->runs) {
        snprintf(why, why_size, "out of memory for the text cache");
        free(text);
        TTF_Quit();
        return NULL;
    }
    return text;
}

static void run_clear(struct run *run)
{
    free(run->utf8);
    free(run->alpha);
    memset(run, 0, sizeof *run);
}

void text_close(struct text *text)
{
    if (!text) {
        return;
    }
    for (uint32_t i = 0; i < RUNS_MAX; i++) {
        run_clear(&text->runs[i]);
    }
    for (int face = 0; face < ALL_FACES; face++) {
        for (int i = 0; i < SIZES_MAX; i++) {
            if (text->fonts[face][i]) {
                TTF_CloseFont(text->fonts[face][i]);
            }
        }
    }
    free(text->runs);
    free(text);
    TTF_Quit();
}

/* A face at a size; NULL without the file or memory. */
static TTF_Font *font_of(struct text *text, uint8_t face, int size)
{
    int i = 0;
    while (i < text->size_count && text->sizes[i] != size) {
        i++;
    }
    if (i == SIZES_MAX) { /* more sizes than a picture ever has: start again */
        for (int f = 0; f < ALL_FACES; f++) {
            for (int k = 0; k < SIZES_MAX; k++) {
                if (text->fonts[f][k]) {
                    TTF_CloseFont(text->fonts[f][k]);
                }
                text->fonts[f][k] = NULL;
            }
        }
        text->size_count = i = 0;
    }
    if (i == text->size_count) {
        text->sizes[text->size_count++] = size;
    }
    if (!text->fonts[face][i]) {
        text->fonts[face][i] = TTF_OpenFontIndex(face_files[face].file, size, face_files[face].index);
        if (text->fonts[face][i]) {
            TTF_SetFontHinting(text->fonts[face][i], TTF_HINTING_LIGHT);
        }
    }
    return text->fonts[face][i];
}

static uint32_t run_hash(uint8_t face, int size, const char *utf8)
{
    uint32_t hash = 2166136261u ^ face ^ (uint32_t)size << 8;
    for (const unsigned char *c = (const unsigned char *)utf8; *c; c++) {
        hash = (hash ^ *c) * 16777619u;
    }
    return hash ^ hash >> 15;
}

/* The place of the run, or the empty place where it belongs. */
static struct run *run_place(struct run *runs, uint8_t face, int size, const char *utf8)
{
    uint32_t i = run_hash(face, size, utf8) & (RUNS_MAX - 1);
    while (runs[i].utf8 && (runs[i].face != face || runs[i].size != size || strcmp(runs[i].utf8, utf8) != 0)) {
        i = (i + 1) & (RUNS_MAX - 1);
    }
    return &runs[i];
}

/* Drops the runs that were not used since the last sweep (all of them if that frees too little). */
static void sweep(struct text *text)
{
    struct run *runs = calloc(RUNS_MAX, sizeof *runs);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < RUNS_MAX; i++) {
        struct run *run = &text->runs[i];
        if (!run->utf8) {
            continue;
        }
        if (!runs || !run->used || kept >= RUNS_MAX / 4) {
            run_clear(run);
            continue;
        }
        run->used = false;
        *run_place(runs, run->face, run->size, run->utf8) = *run;
        kept++;
    }
    text->run_count = kept;
    if (runs) {
        free(text->runs);
        text->runs = runs;
    }
}

/* ---- runs in two scripts ---- */

/* One part of a run, in one font. */
struct part { TTF_Font *font; char *utf8; int x, width; };

struct parts { struct part list[PARTS_MAX]; int count, ascent, height, width; };

static uint32_t code_point(const char **at)
{
    const unsigned char *c = (const unsigned char *)*at;
    int more = *c < 0x80 ? 0 : *c < 0xE0 ? 1 : *c < 0xF0 ? 2 : 3;
    uint32_t code = more == 0 ? *c : *c & (0x3Fu >> more);
    c++;
    for (; more > 0 && (*c & 0xC0) == 0x80; more--) {
        code = code << 6 | (*c++ & 0x3Fu);
    }
    *at = (const char *)c;
    return code;
}

/* Ideographs, kana, their punctuation and full-width forms. */
static bool is_cjk(uint32_t code)
{
    return (code >= 0x2E80 && code < 0xD800) || (code >= 0xF900 && code < 0xFB00) || (code >= 0xFE30 && code < 0xFFF0) || code >= 0x20000;
}

static bool has_cjk(const char *utf8)
{
    while (*utf8) {
        if (is_cjk(code_point(&utf8))) {
            return true;
        }
    }
    return false;
}

/* The font of Chinese characters beside a face; the face's own, which draws boxes, where it is missing. */
static TTF_Font *cjk_font(struct text *text, uint8_t face, int size)
{
    bool bold = face == FACE_SEMIBOLD || face == FACE_MONO_BOLD;
    uint8_t cjk = bold ? FACE_CJK_BOLD : FACE_CJK;
    char why[sizeof text->missing];
    TTF_Font *font = face_exists(cjk, why, sizeof why) ? font_of(text, cjk, size) : NULL;
    if (!font) {
        snprintf(text->missing, sizeof text->missing, "the font %s is missing: install the Debian package %s", face_files[cjk].file,
                 face_files[cjk].package);
        return font_of(text, face, size);
    }
    return font;
}

bool text_lost(const struct text *text) { return text->lost; }

const char *text_missing(const struct text *text) { return text->missing[0] ? text->missing : NULL; }

/* Cuts `copy` into parts of one script each. Beyond PARTS_MAX the last one keeps the rest. */
static void cut_parts(struct text *text, struct parts *parts, uint8_t face, int size, const char *utf8)
{
    TTF_Font *cjk = cjk_font(text, face, size), *own = font_of(text, face, size); /* own last: a full table of sizes begins anew */
    cjk = cjk_font(text, face, size);
    const char *from = utf8, *at = utf8;
    while (*from) {
        bool script = is_cjk(code_point(&at));
        const char *end = at;
        while (*end && (parts->count == PARTS_MAX - 1 || is_cjk(code_point(&at)) == script)) {
            end = parts->count == PARTS_MAX - 1 ? end + strlen(end) : at;
        }
        struct part *part = &parts->list[parts->count++];
        *part = (struct part){script ? cjk : own, malloc((size_t)(end - from) + 1), parts->width, 0};
        if (part->utf8 && part->font) {
            int height = 0, ascent = TTF_FontAscent(part->font);
            memcpy(part->utf8, from, (size_t)(end - from));
            part->utf8[end - from] = '\0';
            TTF_SizeUTF8(part->font, part->utf8, &part->width, &height);
            int below = (parts->height - parts->ascent) > (height - ascent) ? parts->height - parts->ascent : height - ascent;
            parts->ascent = ascent > parts->ascent ? ascent : parts->ascent;
            parts->height = parts->ascent + below;
            parts->width += part->width;
        }
        from = at = end;
    }
}

static void put_part(struct run *run, const struct parts *parts, const struct part *part)
{
    SDL_Surface *surface = part->utf8 && part->font ? TTF_RenderUTF8_Blended(part->font, part->utf8, (SDL_Color){255, 255, 255, 255}) : NULL;
    int down = surface ? parts->ascent - TTF_FontAscent(part->font) : 0;
    for (int y = 0; surface && y < surface->h && y + down < parts->height; y++) {
        const uint8_t *row = (const uint8_t *)surface->pixels + (size_t)y * (size_t)surface->pitch;
        for (int x = 0; x < surface->w && part->x + x < parts->width; x++) {
            uint32_t argb;
            memcpy(&argb, row + (size_t)x * 4, sizeof argb);
            run->alpha[(size_t)(y + down) * (size_t)parts->width + (size_t)(part->x + x)] = (uint8_t)(argb >> 24);
        }
    }
    SDL_FreeSurface(surface);
}

static void render_mixed(struct text *text, struct run *run)
{
    struct parts parts = {.count = 0};
    cut_parts(text, &parts, run->face, run->size, run->utf8);
    run->width = parts.width;
    if (parts.width > 0 && parts.height > 0) {
        run->alpha = calloc((size_t)parts.width, (size_t)parts.height);
    }
    for (int i = 0; i < parts.count; i++) {
        if (run->alpha) {
            put_part(run, &parts, &parts.list[i]);
        }
        free(parts.list[i].utf8);
    }
    if (run->alpha) {
        run->mask = (struct text_mask){parts.width, parts.height, parts.ascent, run->alpha};
    }
}

static void run_render(struct run *run, TTF_Font *font)
{
    int height = 0;
    if (TTF_SizeUTF8(font, run->utf8, &run->width, &height) != 0) {
        return;
    }
    SDL_Surface *surface = TTF_RenderUTF8_Blended(font, run->utf8, (SDL_Color){255, 255, 255, 255});
    if (!surface) {
        return;
    }
    run->alpha = malloc((size_t)surface->w * (size_t)surface->h);
    if (run->alpha) {
        for (int y = 0; y < surface->h; y++) {
            const uint8_t *row = (const uint8_t *)surface->pixels + (size_t)y * (size_t)surface->pitch;
            for (int x = 0; x < surface->w; x++) {
                uint32_t argb;
                memcpy(&argb, row + (size_t)x * 4, sizeof argb);
                run->alpha[(size_t)y * (size_t)surface->w + (size_t)x] = (uint8_t)(argb >> 24);
            }
        }
        run->mask = (struct text_mask){surface->w, surface->h, TTF_FontAscent(font), run->alpha};
    }
    SDL_FreeSurface(surface);
}

static struct run *run_get(struct text *text, uint8_t face, int size, const char *utf8)
{
    struct run *run = run_place(text->runs, face, size, utf8);
    if (!run->utf8) {
        TTF_Font *font = font_of(text, face, size);
        if (text->run_count >= RUNS_MAX / 2) {
            sweep(text);
            run = run_place(text->runs, face, size, utf8);
        }
        char *copy = malloc(strlen(utf8) + 1);
        if (!font || !copy) {
            free(copy);
            text->lost = true;
            return NULL;
        }
        strcpy(copy, utf8);
        *run = (struct run){.utf8 = copy, .size = size, .face = face};
        text->run_count++;
        if (has_cjk(copy)) {
            render_mixed(text, run);
        } else {
            run_render(run, font);
        }
        text->lost = text->lost || !run->alpha;
    }
    run->used = true;
    return run;
}

int text_width(struct text *text, uint8_t face, int size, const char *utf8)
{
    struct run *run = *utf8 ? run_get(text, face, size, utf8) : NULL;
    return run ? run->width : 0;
}

const struct text_mask *text_run(struct text *text, uint8_t face, int size, const char *utf8)
{
    struct run *run = *utf8 ? run_get(text, face, size, utf8) : NULL;
    return run && run->alpha ? &run->mask : NULL;
}

int text_cap_height(int size) { return (size * 73 + 50) / 100; } /* 0.727 em in Inter, 0.730 in JetBrains Mono */
