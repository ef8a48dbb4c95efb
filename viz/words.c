/* words.c: the table behind words.h. */
#include "words.h"

#include <string.h>

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

enum language language_find(const char *name)
{
    int language = 0;
    while (language < LANGUAGE_COUNT && strcmp(language_names[language], name) != 0) {
        language++;
    }
    return (enum language)language;
}
