/* assertions.c: see assertions.h. */
#include "assertions.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

/* The longer signs first. */
static const struct {
    const char *sign;
    enum assertion_op op;
} signs[] = {{"<=", ASSERT_LESS_EQUAL}, {">=", ASSERT_GREATER_EQUAL}, {"==", ASSERT_EQUAL}, {"!=", ASSERT_NOT_EQUAL},
             {"<", ASSERT_LESS},        {">", ASSERT_GREATER},        {"=", ASSERT_EQUAL}};

static const char *skip_blanks(const char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    return text;
}

static bool parse_value(size_t score, const char *text, double *value)
{
    uint64_t whole = 0;
    if (spec_parse_size(text, &whole)) {
        *value = (double)whole;
        return true;
    }
    char *end = NULL;
    *value = strtod(text, &end);
    if (end == text || !isfinite(*value) || strspn(text, "0123456789.-+eE%") != strlen(text)) {
        return false;
    }
    if (*end == '%' && scores[score].kind == SCORE_RATIO) {
        *value /= 100;
        end++;
    }
    return *end == '\0';
}

/* One condition, without blanks at its ends. */
static bool parse_one(struct assertion *assertion, const char *text, char *why, size_t why_size)
{
    char name[64];
    const size_t length = strcspn(text, "<>=! \t");
    const char *at = skip_blanks(text + length);
    size_t sign = 0;
    while (sign < sizeof signs / sizeof signs[0] && strncmp(at, signs[sign].sign, strlen(signs[sign].sign)) != 0) {
        sign++;
    }
    if (length == 0 || sign == sizeof signs / sizeof signs[0]) {
        snprintf(why, why_size, "'%s': expected NAME OP VALUE, such as external_fragmentation<0.3 (OP: < <= > >= == !=)", text);
        return false;
    }
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    if (!score_parse(name, &assertion->score, why, why_size)) {
        return false;
    }
    assertion->op = signs[sign].op;
    at = skip_blanks(at + strlen(signs[sign].sign));
    if (!parse_value(assertion->score, at, &assertion->value)) {
        snprintf(why, why_size, "'%s': found '%s' where a number is expected (64K, 0.3%s)", text, at,
                 scores[assertion->score].kind == SCORE_RATIO ? ", 30%" : "");
        return false;
    }
    snprintf(assertion->text, sizeof assertion->text, "%s", text);
    return true;
}

bool assertions_parse(struct assertion_list *list, const char *text, char *why, size_t why_size)
{
    do {
        char one[80];
        text = skip_blanks(text);
        const size_t whole = strcspn(text, ",");
        size_t length = whole;
        while (length != 0 && isspace((unsigned char)text[length - 1])) {
            length--;
        }
        if (length >= sizeof one || list->count == ASSERTIONS_MAX) {
            snprintf(why, why_size, "expected conditions of at most %zu characters, at most %d of them", sizeof one - 1, ASSERTIONS_MAX);
            return false;
        }
        snprintf(one, sizeof one, "%.*s", (int)length, text);
        if (!parse_one(&list->items[list->count], one, why, why_size)) {
            return false;
        }
        list->count++;
        text += whole;
    } while (*text++ == ',');
    return true;
}

bool assertion_holds(const struct assertion *assertion, const double values[SCORES_ROOM])
{
    const double value = score_round(assertion->score, score_counted(assertion->score, values));
    switch (assertion->op) { /* comparisons with NAN are false, but for != */
    case ASSERT_LESS: return value < assertion->value;
    case ASSERT_LESS_EQUAL: return value <= assertion->value;
    case ASSERT_GREATER: return value > assertion->value;
    case ASSERT_GREATER_EQUAL: return value >= assertion->value;
    case ASSERT_EQUAL: return !(value < assertion->value) && !(value > assertion->value) && !isnan(value);
    default: return value < assertion->value || value > assertion->value || isnan(value);
    }
}

bool assertions_need_search(const struct assertion_list *list)
{
    bool needed = false;
    for (size_t i = 0; i < list->count; i++) {
        const struct score *score = &scores[list->items[i].score];
        needed = needed || (score->source == SCORE_OF_SEARCH && strcmp(score->name, "control_bytes") != 0);
    }
    return needed;
}
