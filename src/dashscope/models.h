/* models.h - what each model can do: the capability table as data.
 *
 * A row describes a family; a name matches the row whose pattern is its
 * longest prefix, so dated snapshots match their family. Rows are values:
 * who knows better (configuration, a refusal learned from the service) copies
 * one and changes the copy. Where the figures come from: docs/dashscope.md. */
#ifndef LASH_DASHSCOPE_MODELS_H
#define LASH_DASHSCOPE_MODELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lash_thinking {
    LASH_THINKING_UNKNOWN, /* a model that is not in the table: send nothing unasked */
    LASH_THINKING_NONE,    /* refuses the parameter */
    LASH_THINKING_OFF,     /* can, does not by default */
    LASH_THINKING_ON,      /* does by default; off must be sent */
    LASH_THINKING_ONLY,    /* always; off is refused */
};

enum lash_known { LASH_UNKNOWN, LASH_YES, LASH_NO };

struct lash_model {
    const char *pattern;
    enum lash_thinking thinking;
    enum lash_known stream_tools; /* streams together with tools */
    bool takes_budget;            /* thinking_budget is understood */
    bool takes_effort;            /* reasoning_effort is understood */
    bool stream_only;             /* a request without stream is refused */
    bool whole_needs_off;         /* without stream, enable_thinking:false must be sent */
    bool json_object;             /* response_format json_object */
    bool json_schema;             /* response_format json_schema */
    bool json_thinking;           /* either of them also while thinking */
    bool tool_choice_auto;        /* forced tool_choice is refused (learned) */
    bool preserve_thinking;       /* reasoning_content of earlier turns can be made to count */
    bool preserve_default;        /* and does, unless preserve_thinking says no */
    bool completion_tokens;       /* wants max_completion_tokens for max_tokens (learned) */
    bool explicit_cache;          /* takes cache_control, and so lists of parts */
    bool vision;
    bool fictional;      /* named in older documentation, unknown to the service */
    const char *instead; /* the real model for a fictional one; else NULL */
    int64_t max_budget;  /* largest thinking_budget; 0: not known */
    int64_t context;     /* tokens; 0: not known */
    int64_t max_output;  /* tokens; 0: not known */
    double price_input;  /* US dollars for a million tokens; below 0: not known */
    double price_output;
    double price_thinking;   /* of output while thinking; below 0: as price_output */
    double price_cache_read; /* of input read from the explicit cache; below 0: a tenth */
};

/* The row for a name; never NULL: a name outside the table gets a row whose
 * pattern is "" and that knows nothing. */
const struct lash_model *lash_model_find(const char *name);

/* The table, for listing: row i, NULL after the last. */
const struct lash_model *lash_model_at(size_t i);

#endif
