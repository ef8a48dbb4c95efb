/* words.c: the table behind words.h. */
#include "words.h"

#include <stdio.h>
#include <string.h>

#include "words_said.h"

static const struct { const char *texts[LANGUAGE_COUNT]; } table[WORD_COUNT] = {
#define WORD_TEXTS(NAME, ENGLISH, CHINESE) [WORD_##NAME] = {{ENGLISH, CHINESE}},
    WORDS(WORD_TEXTS)
#undef WORD_TEXTS
};

const char *const language_names[LANGUAGE_COUNT] = {"en", "zh"};

const char *words_get(enum language language, enum word word)
{
    const char *text = language < LANGUAGE_COUNT ? table[word].texts[language] : "";
    return *text ? text : table[word].texts[LANGUAGE_ENGLISH];
}

const char *words_text(enum language language, const char *english)
{
    for (int word = 0; language != LANGUAGE_ENGLISH && word < WORD_COUNT; word++) {
        if (strcmp(table[word].texts[LANGUAGE_ENGLISH], english) == 0) {
            return words_get(language, (enum word)word);
        }
    }
    return english;
}

/* ---- what others said ---- */

#define PARTS 4
#define PART_BYTES 400
#define DEPTH 6

static const struct { const char *english, *chinese; } said[] = {
#define SAID_TEXTS(ENGLISH, CHINESE) {ENGLISH, CHINESE},
    WORDS_SAID(SAID_TEXTS)
#undef SAID_TEXTS
};

struct part { const char *text; size_t bytes; };

/* Does the text follow the pattern? Sets what stands for each `%s`; a part is never empty, and as short as possible. */
static bool match(const char *pattern, const char *text, struct part *parts, int count)
{
    while (*pattern && strncmp(pattern, "%s", 2) != 0) {
        if (*pattern++ != *text++) {
            return false;
        }
    }
    if (!*pattern) {
        return *text == '\0';
    }
    for (size_t bytes = 1; count < PARTS && text[bytes - 1]; bytes++) {
        parts[count] = (struct part){text, bytes};
        if (match(pattern + 2, text + bytes, parts, count + 1)) {
            return true;
        }
    }
    return false;
}

static void say(const char *english, char *out, size_t size, int depth);

/* The pattern with the parts in their places, each said in its turn. */
static void fill(const char *pattern, const struct part *parts, char *out, size_t size, int depth)
{
    size_t used = 0;
    out[0] = '\0';
    for (int part = 0; *pattern && used + 1 < size; pattern++) {
        if (strncmp(pattern, "%s", 2) == 0) {
            char english[PART_BYTES];
            snprintf(english, sizeof english, "%.*s", (int)parts[part].bytes, parts[part].text);
            say(english, out + used, size - used, depth - 1);
            used += strlen(out + used);
            part++;
            pattern++;
        } else {
            out[used++] = *pattern;
            out[used] = '\0';
        }
    }
}

static void say(const char *english, char *out, size_t size, int depth)
{
    struct part parts[PARTS];
    for (size_t i = 0; depth > 0 && i < sizeof said / sizeof *said; i++) {
        if (match(said[i].english, english, parts, 0)) {
            fill(said[i].chinese, parts, out, size, depth);
            return;
        }
    }
    snprintf(out, size, "%s", english);
}

void words_said(enum language language, const char *english, char *out, size_t size)
{
    say(english, out, size, language == LANGUAGE_ENGLISH ? 0 : DEPTH);
}

/* ---- lines ---- */

/* Chinese characters and full-width punctuation: three bytes from U+2E80 on. */
static bool is_wide(const char *at) { return (unsigned char)at[0] >= 0xE3 || ((unsigned char)at[0] == 0xE2 && (unsigned char)at[1] >= 0xBA); }

bool words_may_break(const char *text, size_t at)
{
    static const char *const closing[] = {"，", "。", "、", "；", "：", "？", "！", "）", "》", "”", "…"};
    if (text[at] == ' ' || at == 0) {
        return at > 0;
    }
    for (size_t i = 0; i < sizeof closing / sizeof *closing; i++) {
        if (strncmp(text + at, closing[i], strlen(closing[i])) == 0) {
            return false;
        }
    }
    size_t before = at - 1;
    while (before > 0 && ((unsigned char)text[before] & 0xC0) == 0x80) {
        before--;
    }
    bool opens = strncmp(text + before, "（", 3) == 0 || strncmp(text + before, "“", 3) == 0;
    return ((unsigned char)text[at] & 0xC0) != 0x80 && !opens && text[before] != ' ' && (is_wide(text + at) || is_wide(text + before));
}

enum language language_find(const char *name)
{
    int language = 0;
    while (language < LANGUAGE_COUNT && strcmp(language_names[language], name) != 0) {
        language++;
    }
    return (enum language)language;
}
