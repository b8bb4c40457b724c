/* shape.h - the shape of an answer: what its keys mean, as data.
 *
 * A map of places; a key that is not on it is passed over with all that is
 * under it. Both the OpenAI-compatible shape and the native one. */
#ifndef LASH_DASHSCOPE_SHAPE_H
#define LASH_DASHSCOPE_SHAPE_H

#include <stddef.h>

enum lash_place {
    LASH_PLACE_ELSEWHERE, /* not on the map */
    LASH_PLACE_DOCUMENT,
    LASH_PLACE_ROOT,
    LASH_PLACE_OUTPUT, /* the native shape: everything is in here */
    LASH_PLACE_CHOICES,
    LASH_PLACE_CHOICE,
    LASH_PLACE_MESSAGE,
    LASH_PLACE_PARTS, /* content as a list */
    LASH_PLACE_PART,
    LASH_PLACE_CALLS,
    LASH_PLACE_CALL,
    LASH_PLACE_FUNCTION,
    LASH_PLACE_ARGUMENTS, /* given as an object, not as text */
    LASH_PLACE_USAGE,
    LASH_PLACE_INPUT_DETAILS,
    LASH_PLACE_OUTPUT_DETAILS,
    LASH_PLACE_FAILURE,
};

enum lash_field {
    LASH_FIELD_NOTHING,
    LASH_FIELD_TEXT,
    LASH_FIELD_THINKING,
    LASH_FIELD_THINKING_ALIAS,
    LASH_FIELD_CALL_INDEX,
    LASH_FIELD_CALL_ID,
    LASH_FIELD_CALL_NAME,
    LASH_FIELD_CALL_ARGUMENTS,
    LASH_FIELD_FINISH,
    LASH_FIELD_CHOICE_INDEX,
    LASH_FIELD_MODEL,
    LASH_FIELD_ID,
    LASH_FIELD_ERROR,
    LASH_FIELD_CODE,
    /* usage, in the order of struct lash_usage */
    LASH_FIELD_USAGE_INPUT,
    LASH_FIELD_USAGE_OUTPUT,
    LASH_FIELD_USAGE_TOTAL,
    LASH_FIELD_USAGE_REASONING,
    LASH_FIELD_USAGE_CACHED,
    LASH_FIELD_USAGE_CACHE_CREATION,
    LASH_FIELD_USAGE_END,
};

/* What a key means, by what its value is. */
struct lash_shape {
    const char *key; /* NULL: an element of an array */
    enum lash_field field;
    enum lash_place object, array;
};

/* Never NULL: what is not on the map has the meaning of nothing. */
const struct lash_shape *lash_shape_key(enum lash_place place, const char *key, size_t n);
const struct lash_shape *lash_shape_element(enum lash_place place);

#endif
