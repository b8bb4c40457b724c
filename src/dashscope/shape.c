/* shape.c - the shape of an answer; see shape.h. */
#include "dashscope/shape.h"

#include <string.h>

/* Each ends with an empty rule; that of an array is its only one. */
static const struct lash_shape shapes[][12] = {
    [LASH_PLACE_DOCUMENT] = {{NULL, .object = LASH_PLACE_ROOT}},
    [LASH_PLACE_ROOT] = {{"choices", .array = LASH_PLACE_CHOICES},
                         {"usage", .object = LASH_PLACE_USAGE},
                         {"id", LASH_FIELD_ID},
                         {"model", LASH_FIELD_MODEL},
                         {"error", LASH_FIELD_ERROR, LASH_PLACE_FAILURE},
                         {"output", .object = LASH_PLACE_OUTPUT},
                         {"request_id", LASH_FIELD_ID},
                         {"code", LASH_FIELD_CODE},
                         {0}},
    [LASH_PLACE_OUTPUT] = {{"choices", .array = LASH_PLACE_CHOICES},
                           {"text", LASH_FIELD_TEXT},
                           {"finish_reason", LASH_FIELD_FINISH},
                           {0}},
    [LASH_PLACE_CHOICES] = {{NULL, .object = LASH_PLACE_CHOICE}},
    [LASH_PLACE_CHOICE] = {{"delta", .object = LASH_PLACE_MESSAGE},
                           {"message", .object = LASH_PLACE_MESSAGE},
                           {"finish_reason", LASH_FIELD_FINISH},
                           {"index", LASH_FIELD_CHOICE_INDEX},
                           {"usage", .object = LASH_PLACE_USAGE},
                           {0}},
    [LASH_PLACE_MESSAGE] = {{"content", LASH_FIELD_TEXT, LASH_PLACE_PART, LASH_PLACE_PARTS},
                            {"refusal", LASH_FIELD_TEXT},
                            {"reasoning_content", LASH_FIELD_THINKING},
                            {"reasoning", LASH_FIELD_THINKING_ALIAS},
                            {"tool_calls", .object = LASH_PLACE_CALL, .array = LASH_PLACE_CALLS},
                            {0}},
    [LASH_PLACE_PARTS] = {{NULL, LASH_FIELD_TEXT, LASH_PLACE_PART}},
    [LASH_PLACE_PART] = {{"text", LASH_FIELD_TEXT}, {"refusal", LASH_FIELD_TEXT}, {0}},
    [LASH_PLACE_CALLS] = {{NULL, .object = LASH_PLACE_CALL}},
    [LASH_PLACE_CALL] = {{"index", LASH_FIELD_CALL_INDEX},
                         {"id", LASH_FIELD_CALL_ID},
                         {"function", .object = LASH_PLACE_FUNCTION},
                         {0}},
    [LASH_PLACE_FUNCTION] = {{"name", LASH_FIELD_CALL_NAME},
                             {"arguments", LASH_FIELD_CALL_ARGUMENTS, LASH_PLACE_ARGUMENTS,
                              LASH_PLACE_ARGUMENTS},
                             {0}},
    [LASH_PLACE_USAGE] = {{"prompt_tokens", LASH_FIELD_USAGE_INPUT},
                          {"completion_tokens", LASH_FIELD_USAGE_OUTPUT},
                          {"total_tokens", LASH_FIELD_USAGE_TOTAL},
                          {"prompt_tokens_details", .object = LASH_PLACE_INPUT_DETAILS},
                          {"completion_tokens_details", .object = LASH_PLACE_OUTPUT_DETAILS},
                          {"input_tokens", LASH_FIELD_USAGE_INPUT},
                          {"output_tokens", LASH_FIELD_USAGE_OUTPUT},
                          {"input_tokens_details", .object = LASH_PLACE_INPUT_DETAILS},
                          {"output_tokens_details", .object = LASH_PLACE_OUTPUT_DETAILS},
                          {0}},
    [LASH_PLACE_INPUT_DETAILS] = {{"cached_tokens", LASH_FIELD_USAGE_CACHED},
                                  {"cache_creation_input_tokens", LASH_FIELD_USAGE_CACHE_CREATION},
                                  {0}},
    [LASH_PLACE_OUTPUT_DETAILS] = {{"reasoning_tokens", LASH_FIELD_USAGE_REASONING}, {0}},
    [LASH_PLACE_FAILURE] = {{"message", LASH_FIELD_ERROR},
                            {"code", LASH_FIELD_ERROR},
                            {"type", LASH_FIELD_ERROR},
                            {0}},
};

static const struct lash_shape nothing = {0};

const struct lash_shape *lash_shape_key(enum lash_place place, const char *key, size_t n)
{
    for (const struct lash_shape *s = shapes[place]; s->key; s++)
        if (strlen(s->key) == n && memcmp(s->key, key, n) == 0)
            return s;
    return &nothing;
}

const struct lash_shape *lash_shape_element(enum lash_place place)
{
    return shapes[place][0].key ? &nothing : shapes[place];
}
