/* failure.h - how the service fails: any of its error bodies to one record.
 *
 * DashScope has six forms of error (docs/dashscope.md); all of them end here,
 * and so do those of other OpenAI-compatible servers. Decided by message, then
 * code, then status: the same code can mean a throttle or an empty account. */
#ifndef LASH_DASHSCOPE_FAILURE_H
#define LASH_DASHSCOPE_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What to change so that the same request may succeed; tried once. */
enum lash_fix {
    LASH_FIX_NONE,
    LASH_FIX_THINKING_ONLY,     /* thinking cannot be switched off */
    LASH_FIX_THINKING_NONE,     /* thinking parameters are refused */
    LASH_FIX_BUDGET,            /* thinking_budget at most 'limit' (0: send none) */
    LASH_FIX_STREAM_ONLY,       /* must stream */
    LASH_FIX_WHOLE_NEEDS_OFF,   /* without stream, thinking must be off */
    LASH_FIX_NO_STREAM_TOOLS,   /* tools and stream exclude each other */
    LASH_FIX_TOOL_CHOICE_AUTO,  /* a forced tool_choice is refused */
    LASH_FIX_JSON_NO_THINKING,  /* JSON mode and thinking exclude each other */
    LASH_FIX_ONE_KNOB,          /* effort and budget exclude each other: drop the effort */
    LASH_FIX_NO_PARTS,          /* content must be a string */
    LASH_FIX_COMPLETION_TOKENS, /* max_tokens has another name */
    LASH_FIX_MAX_TOKENS,        /* max_tokens at most 'limit' */
    LASH_FIX_SHORTEN,           /* input longer than 'limit' tokens */
};

/* Name of a fix ("thinking_only", ...), for scripts; "" for none. */
const char *lash_fix_name(enum lash_fix fix);

struct lash_failure {
    const char *kind;  /* static, from the exit table: "auth", "not_found", "billing", ... */
    const char *topic; /* static: what a hint should be about: "key", "model", "base", "plan",
                          "arrears", "quota", "inspection", "length", "temperature", ... or "" */
    bool temporary;
    bool burst;  /* a burst limit: the service would queue the request if asked to */
    long status; /* HTTP status, or the one in the event stream; 0: none */
    enum lash_fix fix;
    int64_t limit;
    char code[96];
    char message[1024]; /* the service's own words, valid UTF-8, cut if longer */
    char request_id[96];
};

/* Reads a response that is not a success. body may be JSON, JSON behind
 * "data: ", the text of a server-sent error event, HTML, or empty. Never
 * fails: what cannot be understood is told by its status. */
void lash_failure_read(struct lash_failure *out, long status, const char *content_type,
                       const char *body, size_t n);

/* The status in a comment of an event stream (":HTTP_STATUS/429"), without its
 * colon; 0 for any other comment. */
long lash_failure_comment(const char *text, size_t n);

/* Says that this is no answer, with its first words: often they are a gateway's page. */
enum lash_code lash_failure_no_json(const char *s, size_t n, struct lash_err *err);

/* Classifies from parts that are already known (an error inside a stream).
 * Fields other than code, message, request_id and status are filled in. */
void lash_failure_classify(struct lash_failure *f);

#endif
