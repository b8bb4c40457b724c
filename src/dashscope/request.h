/* request.h - how to ask: the body of a chat/completions request.
 *
 * Two steps, both pure: decide what the model allows (lash_plan_make), then
 * write it (lash_request_write). Equal input gives byte-equal output: prefix
 * caches, recordings and cache keys depend on it. */
#ifndef LASH_DASHSCOPE_REQUEST_H
#define LASH_DASHSCOPE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dashscope/models.h"

enum lash_level {
    LASH_LEVEL_UNSET, /* the model's own default */
    LASH_LEVEL_OFF,
    LASH_LEVEL_LOW,
    LASH_LEVEL_MEDIUM,
    LASH_LEVEL_HIGH,
    LASH_LEVEL_BUDGET, /* spec.budget tokens */
};

enum lash_tool_streaming { LASH_STREAM_AUTO, LASH_STREAM_NATIVE, LASH_STREAM_FALLBACK };

/* A piece of JSON text, or absent (NULL). */
struct lash_json_text {
    const char *ptr;
    size_t len;
};

/* Is it an array with something in it? */
bool lash_json_text_has_items(const struct lash_json_text *t);

/* What the caller wants. Numbers that are absent are NaN (double) or
 * LASH_ABSENT (integers). */
#define LASH_ABSENT INT64_MIN

struct lash_request_spec {
    const char *model;
    bool dashscope; /* false: any OpenAI-compatible server, which gets no field of DashScope's */
    struct lash_json_text messages;        /* array, required */
    struct lash_json_text tools;           /* array; an empty one is as good as none */
    struct lash_json_text tool_choice;     /* string or object */
    struct lash_json_text response_format; /* object */
    struct lash_json_text stop;            /* string or array */
    struct lash_json_text extra;           /* object: its members are added last, and win */
    enum lash_level level;
    int64_t budget;        /* tokens, for LASH_LEVEL_BUDGET */
    enum lash_known think; /* what extra says of enable_thinking */
    bool no_stream;        /* also without tools; but what can only stream is streamed */
    enum lash_tool_streaming tool_streaming;
    int64_t max_tokens;
    int64_t seed;
    double temperature;
    double top_p;
    enum lash_known parallel_tool_calls; /* sent only with tools */
};

/* What will be sent. */
struct lash_plan {
    bool stream; /* ask for a stream */
    bool whole;  /* hand the turn out whole: the caller asked, or cannot have it otherwise */
    enum lash_known think;       /* enable_thinking true (yes), false (no), not sent (unknown) */
    int64_t budget;              /* thinking_budget; 0: not sent */
    const char *effort;          /* reasoning_effort; NULL: not sent */
    int64_t max_tokens;          /* at most what the model allows; 0: not sent */
    bool completion_tokens;      /* under its other name, max_completion_tokens */
    bool drop_tool_choice;       /* a forced tool_choice would be refused: "auto" in its place */
    bool drop_thinking_for_json; /* json mode and thinking exclude each other: thinking off */
    bool drop_format;            /* the same, and the model or extra insists on thinking */
};

/* Decides from what the caller wants and the model allows. Values outside
 * their range are refused before anything is sent: LASH_EUSAGE, and err names
 * the field, what it was and what is allowed. */
LASH_NODISCARD enum lash_code lash_plan_make(struct lash_plan *plan,
                                             const struct lash_request_spec *spec,
                                             const struct lash_model *model, struct lash_err *err);

/* Appends the body. */
LASH_NODISCARD enum lash_code lash_request_write(struct lash_buf *out,
                                                 const struct lash_request_spec *spec,
                                                 const struct lash_plan *plan,
                                                 struct lash_err *err);

#endif
