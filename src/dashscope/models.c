/* models.c - the capability table; see models.h.
 *
 * Prices are those of the international endpoint, the lowest tier where the
 * price grows with the length of the input. Where sources disagree about an
 * ability, the row says what cannot turn into a refusal; a largest budget that
 * nobody has written down is that of the family. */
#include "dashscope/models.h"

#include <string.h>

#define K(n) ((int64_t)(n)*1024)
#define M1 INT64_C(1000000)

/* Thinking. A budget of 0: takes one, its bound is not known. */
#define UNKNOWN .thinking = LASH_THINKING_UNKNOWN, .takes_budget = true, .explicit_cache = true
#define NEVER .thinking = LASH_THINKING_NONE
#define OFF(max) .thinking = LASH_THINKING_OFF, .takes_budget = true, .max_budget = (max)
#define ON(max) .thinking = LASH_THINKING_ON, .takes_budget = true, .max_budget = (max)
#define ONLY(max) .thinking = LASH_THINKING_ONLY, .takes_budget = true, .max_budget = (max)
#define EFFORT .takes_effort = true

/* Tools. */
#define STREAMS .stream_tools = LASH_YES
#define WHOLE .stream_tools = LASH_NO

/* JSON mode. */
#define JSON .json_object = true
#define SCHEMA .json_object = true, .json_schema = true

#define PRESERVES .preserve_thinking = true
#define PRESERVES_UNASKED PRESERVES, .preserve_default = true
#define SEES .vision = true
#define CACHES .explicit_cache = true
#define SIZE(window, output) .context = (window), .max_output = (output)

#define PRICES(in, out, thought, read)                                                             \
    .price_input = (in), .price_output = (out), .price_thinking = (thought),                       \
    .price_cache_read = (read)
#define PRICE(in, out) PRICES(in, out, -1, -1)
#define UNPRICED PRICES(-1, -1, -1, -1)

/* Open-weight hybrids: think by default, and only in a stream. */
#define OPEN_HYBRID(max) ON(max), .whole_needs_off = true, STREAMS, JSON
/* QwQ and its like. */
#define STREAM_ONLY .stream_only = true

static const struct lash_model models[] = {
    {"qwen3.8-max", CACHES, ON(K(256)), EFFORT, STREAMS, SCHEMA, .json_thinking = true,
     PRESERVES_UNASKED, SEES, SIZE(M1, K(128)), PRICES(2, 6, -1, .25)},
    {"qwen3.8-max-preview", CACHES, ONLY(K(256)), EFFORT, STREAMS, SCHEMA, .json_thinking = true,
     PRESERVES_UNASKED, SEES, SIZE(M1, K(128)), UNPRICED},
    {"qwen3.8-flash", CACHES, ON(K(256)), EFFORT, STREAMS, SCHEMA, .json_thinking = true,
     PRESERVES_UNASKED, SEES, SIZE(M1, K(128)), PRICE(.15, .47)},
    {"qwen3.7-max", CACHES, ON(K(256)), STREAMS, SCHEMA, PRESERVES, SIZE(M1, K(64)),
     PRICE(2.5, 7.5)},
    {"qwen3.7-plus", CACHES, ON(K(256)), STREAMS, SCHEMA, PRESERVES, SEES, SIZE(M1, K(64)),
     PRICE(.5, 3)},
    {"qwen3.7-flash", CACHES, ON(K(256)), STREAMS, SCHEMA, PRESERVES, SEES, SIZE(M1, 0), UNPRICED},
    {"qwen3.6-plus", CACHES, ON(K(80)), STREAMS, JSON, PRESERVES, SEES, SIZE(M1, K(64)),
     PRICE(.5, 3)},
    {"qwen3.6-flash", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(M1, K(64)), PRICE(.1875, 1.125)},
    {"qwen3.6-max-preview", CACHES, ON(K(80)), STREAMS, JSON, PRESERVES, SEES, SIZE(K(256), K(64)),
     PRICE(1.3, 7.8)},
    {"qwen3.6-27b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)), PRICE(.6, 3.6)},
    {"qwen3.6-35b-a3b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)),
     PRICE(.248, 1.485)},
    {"qwen3.5-plus", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(M1, K(64)), PRICE(.4, 2.4)},
    {"qwen3.5-flash", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(M1, K(64)), UNPRICED},
    {"qwen3.5-397b-a17b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)),
     PRICE(.6, 3.6)},
    {"qwen3.5-122b-a10b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)),
     PRICE(.4, 3.2)},
    {"qwen3.5-35b-a3b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)), PRICE(.25, 2)},
    {"qwen3.5-27b", CACHES, ON(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(64)), PRICE(.3, 2.4)},
    {"qwen3.5-omni", .thinking = LASH_THINKING_UNKNOWN, STREAM_ONLY, STREAMS, SEES, UNPRICED},

    {"qwen3-max", CACHES, OFF(K(80)), STREAMS, JSON, SIZE(K(256), K(64)), PRICE(1.2, 6)},
    {"qwen3-coder-plus", CACHES, NEVER, STREAMS, JSON, SIZE(K(1024), K(64)), PRICE(1, 5)},
    {"qwen3-coder-flash", CACHES, NEVER, STREAMS, JSON, SIZE(M1, K(64)), PRICE(.3, 1.5)},
    {"qwen3-coder-next", NEVER, STREAMS, JSON, SIZE(K(256), K(64)), UNPRICED},
    {"qwen3-coder", NEVER, STREAMS, JSON, UNPRICED},
    {"qwen3-235b-a22b", OPEN_HYBRID(38912), SIZE(K(128), K(16)), PRICES(.7, 2.8, 8.4, -1)},
    {"qwen3-235b-a22b-thinking-2507", ONLY(K(80)), STREAMS, SIZE(K(128), K(32)), PRICE(.7, 8.4)},
    {"qwen3-235b-a22b-instruct-2507", NEVER, STREAMS, JSON, SIZE(K(128), K(32)), PRICE(.7, 2.8)},
    {"qwen3-30b-a3b", OPEN_HYBRID(38912), SIZE(K(128), K(16)), UNPRICED},
    {"qwen3-30b-a3b-thinking-2507", ONLY(K(80)), STREAMS, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-30b-a3b-instruct-2507", NEVER, STREAMS, JSON, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-32b", OPEN_HYBRID(38912), SIZE(K(128), K(16)), PRICE(.7, 2.8)},
    {"qwen3-14b", OPEN_HYBRID(38912), SIZE(K(128), K(8)), UNPRICED},
    {"qwen3-8b", OPEN_HYBRID(38912), SIZE(K(128), K(8)), UNPRICED},
    {"qwen3-4b", OPEN_HYBRID(30720), SIZE(K(128), K(8)), UNPRICED},
    {"qwen3-1.7b", OPEN_HYBRID(30720), SIZE(K(32), K(8)), UNPRICED},
    {"qwen3-0.6b", OPEN_HYBRID(30720), SIZE(K(32), K(8)), UNPRICED},
    {"qwen3-next-80b-a3b-instruct", NEVER, STREAMS, JSON, SIZE(K(128), K(32)), PRICE(.5, 2)},
    {"qwen3-next-80b-a3b-thinking", ONLY(K(80)), STREAMS, SIZE(K(128), K(32)), PRICE(.5, 6)},
    {"qwen3-vl-plus", CACHES, OFF(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(32)), PRICE(.2, 1.6)},
    {"qwen3-vl-flash", OFF(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(32)), UNPRICED},
    {"qwen3-vl-235b-a22b-thinking", ONLY(K(80)), SEES, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-vl-235b-a22b-instruct", NEVER, JSON, SEES, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-vl-30b-a3b-thinking", ONLY(K(80)), SEES, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-vl-30b-a3b-instruct", NEVER, JSON, SEES, SIZE(K(128), K(32)), UNPRICED},
    {"qwen3-omni-flash", OFF(K(24)), STREAM_ONLY, STREAMS, SEES, SIZE(K(64), K(16)),
     PRICE(.43, 1.66)},

    {"qwen-max", NEVER, STREAMS, JSON, SIZE(K(32), K(8)), PRICE(1.6, 6.4)},
    {"qwen-max-2024", NEVER, WHOLE, JSON, SIZE(K(32), K(8)), UNPRICED},
    {"qwen-plus", CACHES, OFF(K(80)), STREAMS, JSON, SIZE(M1, K(32)), PRICES(.4, 1.2, 4, -1)},
    {"qwen-plus-character", NEVER, UNPRICED},
    {"qwen-plus-2024", NEVER, WHOLE, JSON, SIZE(K(128), K(8)), UNPRICED},
    {"qwen-plus-2025-01", NEVER, JSON, SIZE(K(128), K(8)), UNPRICED},
    {"qwen-flash", CACHES, OFF(K(80)), STREAMS, JSON, SIZE(M1, K(32)), PRICE(.05, .4)},
    {"qwen-turbo", OFF(38912), STREAMS, JSON, SIZE(M1, K(16)), PRICES(.05, .2, .5, -1)},
    {"qwen-turbo-2024", NEVER, WHOLE, JSON, SIZE(K(128), K(8)), UNPRICED},
    {"qwen-turbo-2025-02", NEVER, JSON, SIZE(M1, K(8)), UNPRICED},
    {"qwen-long", NEVER, SIZE(10 * M1, K(8)), PRICE(.072, .287)},
    {"qwen-vl-max", NEVER, JSON, SEES, SIZE(K(128), K(8)), PRICE(.8, 3.2)},
    {"qwen-vl-plus", NEVER, JSON, SEES, SIZE(K(128), K(8)), PRICE(.21, .63)},
    {"qwen-omni", NEVER, STREAM_ONLY, SEES, UNPRICED},
    {"qwen2.5", NEVER, JSON, SIZE(K(128), K(8)), UNPRICED},
    {"qwen2.5-vl", NEVER, SEES, SIZE(K(128), K(8)), UNPRICED},
    {"qwen2.5-omni", NEVER, STREAM_ONLY, SEES, UNPRICED},
    {"qwq", ONLY(K(32)), STREAM_ONLY, STREAMS, SIZE(K(128), K(8)), UNPRICED},
    {"qwq-plus", ONLY(K(32)), STREAM_ONLY, STREAMS, SIZE(K(128), K(8)), PRICE(.8, 2.4)},
    {"qwq-32b", ONLY(K(32)), STREAM_ONLY, STREAMS, SIZE(K(128), K(8)), PRICE(.287, .861)},
    {"qvq", ONLY(0), STREAM_ONLY, SEES, UNPRICED},

    /* An effort word is all that these of other makers understand, or the only
     * thing that is documented for them. */
    {"deepseek-v4-pro", .thinking = LASH_THINKING_ON, EFFORT, STREAMS, JSON, SIZE(K(1024), K(384)),
     PRICE(.435, .87)},
    {"deepseek-v4-flash", .thinking = LASH_THINKING_ON, EFFORT, STREAMS, JSON,
     SIZE(K(1024), K(384)), PRICE(.14, .28)},
    {"deepseek-v4.1-flash", .thinking = LASH_THINKING_ON, EFFORT, STREAMS, JSON,
     SIZE(K(1024), K(384)), UNPRICED},
    {"deepseek-v3.2", CACHES, OFF(0), STREAMS, JSON, SIZE(K(128), K(64)), PRICE(.287, .431)},
    {"deepseek-v3.1", OFF(0), STREAMS, JSON, SIZE(K(128), K(64)), UNPRICED},
    {"deepseek-r1", .thinking = LASH_THINKING_ONLY, SIZE(K(128), K(16)), PRICE(.574, 2.294)},
    {"kimi-k3", .thinking = LASH_THINKING_ON, EFFORT, STREAMS, JSON, SEES, SIZE(M1, 0),
     PRICE(3, 15)},
    {"kimi-k2.7-code", OFF(K(80)), STREAMS, JSON, PRESERVES, SEES, SIZE(K(256), 0), UNPRICED},
    {"kimi-k2.6", OFF(K(80)), STREAMS, JSON, PRESERVES, SEES, SIZE(K(256), 0), UNPRICED},
    {"kimi-k2.5", OFF(K(80)), STREAMS, JSON, SEES, SIZE(K(256), K(32)), PRICE(.574, 2.4)},
    {"kimi-k2-thinking", ONLY(0), STREAMS, SIZE(K(256), 0), UNPRICED},
    {"glm-5.3", .thinking = LASH_THINKING_ONLY, EFFORT, STREAMS, SIZE(M1, K(128)), PRICE(1.4, 4.4)},
    {"glm-5.2", ON(K(32)), EFFORT, STREAMS, JSON, SIZE(202752, K(16)), UNPRICED},
    {"glm-5.1", ON(K(32)), EFFORT, STREAMS, JSON, SIZE(202752, K(16)), UNPRICED},
    {"glm-5", ON(K(32)), EFFORT, STREAMS, JSON, SIZE(202752, K(16)), UNPRICED},
    {"glm-4.7", ON(K(32)), STREAMS, JSON, SIZE(202752, K(16)), UNPRICED},
    {"glm-4.6", ON(K(32)), STREAMS, JSON, SIZE(202752, K(16)), UNPRICED},
    {"glm-4.5", ON(K(32)), STREAMS, JSON, SIZE(K(128), K(16)), UNPRICED},
    {"MiniMax-M2.5", .thinking = LASH_THINKING_ONLY, STREAMS, SIZE(K(192), 0), PRICE(.3, 1.2)},
    {"MiniMax-M2.7", .thinking = LASH_THINKING_ONLY, STREAMS, SIZE(K(192), 0), UNPRICED},

    /* Found in older documentation only. */
    {"qwen3-plus", UNKNOWN, SEES, UNPRICED, .fictional = true, .instead = "qwen-plus"},
    {"qwen3-turbo", UNKNOWN, SEES, UNPRICED, .fictional = true, .instead = "qwen-flash"},
    {"qwen3.5-max", UNKNOWN, SEES, UNPRICED, .fictional = true, .instead = "qwen3.7-max"},
    {"qwen3.5-turbo", UNKNOWN, SEES, UNPRICED, .fictional = true, .instead = "qwen3.5-flash"},
};

#define MODELS (sizeof(models) / sizeof(models[0]))

/* Refuses nothing: what an unknown model can, only its service knows. */
static const struct lash_model unknown = {"", UNKNOWN, SEES, UNPRICED};

/* A pattern ends where a part of the name ends, so that "qwen3-max" is not the
 * family of "qwen3-maxi" nor "qwen3" of "qwen3.5". */
static bool matches(const struct lash_model *m, const char *name, size_t n)
{
    return strncmp(name, m->pattern, n) == 0 && (!name[n] || strchr("-@:", name[n]));
}

const struct lash_model *lash_model_find(const char *name)
{
    const char *slash = strrchr(name, '/'); /* a vendor, as in "siliconflow/deepseek-v3.2" */
    if (slash)
        name = slash + 1;
    const struct lash_model *best = &unknown;
    size_t longest = 0;
    for (size_t i = 0; i < MODELS; i++) {
        size_t n = strlen(models[i].pattern);
        if (n > longest && matches(&models[i], name, n)) {
            best = &models[i];
            longest = n;
        }
    }
    return best;
}

const struct lash_model *lash_model_at(size_t i)
{
    return i < MODELS ? &models[i] : NULL;
}
