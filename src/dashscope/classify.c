/* classify.c - what an error means; see failure.h.
 *
 * One ordered table: texts first, from the particular to the general, then
 * codes. The first row that fits decides. The service's texts carry addresses
 * that move, so rows name the part that does not. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dashscope/failure.h"

/* With which HTTP status a text may mean what it says; 0 is that of an error
 * inside a stream, whose status nobody told. */
enum where {
    ANYWHERE,
    REFUSED,        /* the request itself: 400, 404, 422, 0 */
    SURELY_REFUSED, /* the same, but not 0 */
    MISSING,        /* 400, 403, 404, 0 */
    TOO_LONG,       /* 400, 404, 413, 422, 0 */
    PASSING,        /* what the request is not to blame for: 408, 429, 5xx, 0 */
};

struct rule {
    const char *text[2]; /* all of these are in the message, in any case */
    const char *word;    /* this too, and not as a part of another word or a name */
    const char *code;    /* in the code, in any case */
    long status;         /* only with this HTTP status; 0: any */
    const char *kind;
    const char *topic;
    const char *limit_after; /* the text that stands before the limit */
    enum lash_fix fix;
    enum where where;
    bool burst;
};

static const struct rule rules[] = {
    /* Thinking, streaming, JSON mode: what can be changed. */
    {{"enable_thinking", "restricted to true"},
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_THINKING_ONLY},
    {{"json mode", "thinking"},
     .kind = "invalid",
     .topic = "json",
     .fix = LASH_FIX_JSON_NO_THINKING},
    {{"enable_thinking", "non-streaming"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_WHOLE_NEEDS_OFF},
    {{"enable_thinking", "only support stream"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_WHOLE_NEEDS_OFF},
    {{"enable_thinking", "流式"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_WHOLE_NEEDS_OFF},
    {{"only support stream"}, .kind = "invalid", .topic = "stream", .fix = LASH_FIX_STREAM_ONLY},
    {{"only support with stream"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_STREAM_ONLY},
    {{"does not support http call"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_STREAM_ONLY},
    {{"仅支持流式"}, .kind = "invalid", .topic = "stream", .fix = LASH_FIX_STREAM_ONLY},
    {{"thinking_budget", "reasoning_effort"},
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_ONE_KNOB},
    {{"thinking_budget", "not greater than"},
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_BUDGET,
     .limit_after = "not greater than "},
    {{"thinking_budget", "not support"},
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_BUDGET},
    {{"tool_choice", "thinking"},
     .kind = "invalid",
     .topic = "tool_choice",
     .fix = LASH_FIX_TOOL_CHOICE_AUTO},
    {{"tool_choice", "\"none\", \"auto\""},
     .kind = "invalid",
     .topic = "tool_choice",
     .fix = LASH_FIX_TOOL_CHOICE_AUTO},
    {{"tool_choice", "'none', 'auto'"},
     .kind = "invalid",
     .topic = "tool_choice",
     .fix = LASH_FIX_TOOL_CHOICE_AUTO},
    {{"not support", "enable_thinking"},
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_THINKING_NONE},
    {.code = "NotSupportEnableThinking",
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_THINKING_NONE},
    {{"reasoning_effort"},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "thinking",
     .fix = LASH_FIX_THINKING_NONE},

    /* The length of the input. */
    {{"range of input length"},
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN,
     .limit_after = "[1, "},
    {{"maximum context length"},
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN,
     .limit_after = "maximum context length is "},
    {{"context size"},
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN,
     .limit_after = "context size ("},
    {{"string too long"}, .where = REFUSED, .kind = "invalid", .topic = ""}, /* a name, an id */
    {{"input", "too long"},
     .where = TOO_LONG,
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN},
    {{"prompt", "too long"},
     .where = TOO_LONG,
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN},
    {.code = "context_length",
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN},
    {.code = "exceed_context_size",
     .kind = "context_length",
     .topic = "length",
     .fix = LASH_FIX_SHORTEN},

    /* Content, money, access. */
    {{"unable to download"}, .where = REFUSED, .kind = "invalid", .topic = ""}, /* to inspect it */
    {{"inappropriate content"}, .kind = "content_filter", .topic = "inspection"},
    {{"good standing"}, .kind = "billing", .topic = "arrears"},
    {{"arrears"}, .kind = "billing", .topic = "arrears"},
    {{"insufficient balance"}, .kind = "billing", .topic = "arrears"},
    {{"free allocated quota"}, .kind = "billing", .topic = "free_quota"},
    {{"rate limit", "retry"}, .status = 429, .kind = "rate_limit", .topic = "throttle"},
    {{"free tier"}, .kind = "billing", .topic = "free_quota"},
    {{"free quota"}, .kind = "billing", .topic = "free_quota"},
    {{"hour allocated quota"}, .kind = "billing", .topic = "quota"},
    {{"week allocated quota"}, .kind = "billing", .topic = "quota"},
    {{"month allocated quota"}, .kind = "billing", .topic = "quota"},
    {{"coding agents"}, .kind = "auth", .topic = "plan_agents"},
    {{"invalid access token"}, .kind = "auth", .topic = "plan"},
    {{"not authorized"}, .code = "Model.AccessDenied", .kind = "auth", .topic = "model"},
    {{"not authorized"}, .kind = "auth", .topic = "workspace"},
    {{"api-key"}, .status = 401, .kind = "auth", .topic = "key"},
    {{"api key"}, .status = 401, .kind = "auth", .topic = "key"},
    {{"api-key"}, .status = 403, .kind = "auth", .topic = "plan"},

    /* The address and the model. */
    {{"url error"}, .kind = "not_found", .topic = "base"},
    {{"workspace endpoint is invalid"}, .kind = "not_found", .topic = "base"},
    {{"model", "not exist"}, .where = MISSING, .kind = "not_found", .topic = "model"},
    {{"model", "not found"}, .where = MISSING, .kind = "not_found", .topic = "model"},
    {{"unsupported model"}, .kind = "not_found", .topic = "model"},

    /* Too much at once: the same codes as for money, so the text decides. */
    {{"increased too quickly"}, .burst = true, .kind = "rate_limit", .topic = "burst"},
    {{"capacity limits"}, .kind = "unavailable", .topic = "overload"},
    {{"overloaded"}, .kind = "unavailable", .topic = "overload"},
    {.code = "BurstRate", .burst = true, .kind = "rate_limit", .topic = "burst"},
    {.code = "burst_rate", .burst = true, .kind = "rate_limit", .topic = "burst"},
    {{"allocated quota exceeded"}, .kind = "rate_limit", .topic = "throttle"},
    {{"exceeded your current quota"}, .status = 429, .kind = "rate_limit", .topic = "throttle"},
    {{"rate limit"}, .kind = "rate_limit", .topic = "throttle"},
    {{"timed out"}, .where = PASSING, .kind = "unavailable", .topic = "timeout"},

    /* What only another request can cure, also where it comes as a 500. */
    {{"image input is not supported"}, .kind = "invalid", .topic = ""},
    {{"requires --jinja"}, .kind = "invalid", .topic = ""},
    {{"cannot use tools with stream"},
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_NO_STREAM_TOOLS},
    {{"must contain the word"}, .where = REFUSED, .kind = "invalid", .topic = "json"},
    {{"repetitive tool calls"}, .kind = "invalid", .topic = "repetition"},
    {{"tool names are not allowed"}, .kind = "invalid", .topic = "tool_name"},
    {{"tool"},
     .word = "stream",
     .where = SURELY_REFUSED,
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_NO_STREAM_TOOLS},
    {{"tool"},
     .word = "streaming",
     .where = SURELY_REFUSED,
     .kind = "invalid",
     .topic = "stream",
     .fix = LASH_FIX_NO_STREAM_TOOLS},
    {{"content must be a string"},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "content",
     .fix = LASH_FIX_NO_PARTS},
    {{"item type in content"},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "content",
     .fix = LASH_FIX_NO_PARTS},
    {{"max_completion_tokens", "'max_tokens'"},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "max_tokens",
     .fix = LASH_FIX_COMPLETION_TOKENS},
    {{"max_tokens", "[1, "},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "max_tokens",
     .fix = LASH_FIX_MAX_TOKENS,
     .limit_after = "[1, "},
    {{"max_completion_tokens", "[1, "},
     .where = REFUSED,
     .kind = "invalid",
     .topic = "max_tokens",
     .fix = LASH_FIX_MAX_TOKENS,
     .limit_after = "[1, "},
    {{"max_tokens"}, .where = REFUSED, .kind = "invalid", .topic = "max_tokens"},
    {{"temperature"}, .where = REFUSED, .kind = "invalid", .topic = "temperature"},
    {{"top_p"}, .where = REFUSED, .kind = "invalid", .topic = "top_p"},
    {{"'seed'"}, .where = REFUSED, .kind = "invalid", .topic = "seed"},
    {{"tool_choice"}, .where = REFUSED, .kind = "invalid", .topic = "tool_choice"},
    {{"tool_calls"}, .where = REFUSED, .kind = "invalid", .topic = "history"},
    {{"function.arguments"}, .where = REFUSED, .kind = "invalid", .topic = "history"},
    {{"is not one of", "role'"}, .where = REFUSED, .kind = "invalid", .topic = "role"},
    {{"'tools'"}, .where = REFUSED, .kind = "invalid", .topic = "tools"},
    {{"InternalError.Algo.InvalidParameter"}, .where = REFUSED, .kind = "invalid", .topic = ""},

    /* Codes. */
    {.code = "DataInspection", .kind = "content_filter", .topic = "inspection"},
    {.code = "data_inspection", .kind = "content_filter", .topic = "inspection"},
    {.code = "content_filter", .kind = "content_filter", .topic = "inspection"},
    {.code = "RoleBlocked", .kind = "content_filter", .topic = "inspection"},
    {.code = "role_blocked", .kind = "content_filter", .topic = "inspection"},
    {.code = "RuleBlocked", .kind = "content_filter", .topic = "inspection"},
    {.code = "rule_blocked", .kind = "content_filter", .topic = "inspection"},
    {.code = "InfringementSuspect", .kind = "content_filter", .topic = "inspection"},
    {.code = "infringement_suspect", .kind = "content_filter", .topic = "inspection"},
    {.code = "Arrearage", .kind = "billing", .topic = "arrears"},
    {.code = "BillOverdue", .kind = "billing", .topic = "arrears"},
    {.code = "NotPurchased", .kind = "billing", .topic = "activate"},
    {.code = "Unpurchased", .kind = "billing", .topic = "activate"},
    {.code = "FreeTierOnly", .kind = "billing", .topic = "free_quota"},
    {.code = "insufficient_quota", .status = 403, .kind = "billing", .topic = "free_quota"},
    {.code = "invalid_api_key", .kind = "auth", .topic = "key"},
    {.code = "InvalidApiKey", .kind = "auth", .topic = "key"},
    {.code = "authentication", .kind = "auth", .topic = "key"},
    {.code = "Workspace.AccessDenied", .kind = "auth", .topic = "workspace"},
    {.code = "Model.AccessDenied", .kind = "auth", .topic = "model"},
    {.code = "AccessDenied", .kind = "auth", .topic = "access"},
    {.code = "access_denied", .kind = "auth", .topic = "access"},
    {.code = "ModelNotFound", .kind = "not_found", .topic = "model"},
    {.code = "model_not_", .kind = "not_found", .topic = "model"},
    {.code = "WorkSpaceNotFound", .kind = "not_found", .topic = "workspace"},
    {.code = "Throttling", .kind = "rate_limit", .topic = "throttle"},
    {.code = "limit_requests", .kind = "rate_limit", .topic = "throttle"},
    {.code = "insufficient_quota", .kind = "rate_limit", .topic = "throttle"},
    {.code = "rate_limit", .kind = "rate_limit", .topic = "throttle"},
    {.status = 404, .kind = "not_found", .topic = "base"},
    {.code = "InvalidParameter", .where = REFUSED, .kind = "invalid", .topic = ""},
    {.code = "invalid_", .where = REFUSED, .kind = "invalid", .topic = ""},
    {.code = "BadRequest", .where = REFUSED, .kind = "invalid", .topic = ""},
    {.code = "Timeout", .kind = "unavailable", .topic = "timeout"},
};

static bool may_mean_it(enum where where, long s)
{
    bool refused = s == 400 || s == 404 || s == 422;
    switch (where) {
    case ANYWHERE: return true;
    case REFUSED: return refused || s == 0;
    case SURELY_REFUSED: return refused;
    case MISSING: return s == 400 || s == 403 || s == 404 || s == 0;
    case TOO_LONG: return refused || s == 413 || s == 0;
    case PASSING: return s == 408 || s == 429 || s >= 500 || s == 0;
    }
    return false;
}

static bool is_part(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* "stream", and not "upstream", "stream_logs" or "properties.stream". */
static bool has_word(const char *message, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = message; (at = strcasestr(at, word)); at += n) {
        char before = at > message ? at[-1] : ' ';
        if (!is_part(before) && before != '.' && !is_part(at[n]))
            return true;
    }
    return false;
}

static bool fits(const struct rule *r, const struct lash_failure *f)
{
    if ((r->status && r->status != f->status) || !may_mean_it(r->where, f->status))
        return false;
    for (size_t i = 0; i < 2 && r->text[i]; i++)
        if (!strcasestr(f->message, r->text[i]))
            return false;
    if (r->word && !has_word(f->message, r->word))
        return false;
    return !r->code || strcasestr(f->code, r->code);
}

static int64_t number_after(const char *message, const char *before)
{
    const char *at = strcasestr(message, before);
    if (!at)
        return 0;
    at += strlen(before);
    return isdigit((unsigned char)*at) ? strtoll(at, NULL, 10) : 0;
}

static void by_status(struct lash_failure *f)
{
    long s = f->status;
    f->topic = "";
    if (s == 401 || s == 403) {
        f->kind = "auth";
        f->topic = "key";
    } else if (s == 402) {
        f->kind = "billing";
        f->topic = "arrears";
    } else if (s == 404 || (s >= 300 && s < 400)) {
        f->kind = "not_found";
        f->topic = "base";
    } else if (s == 429) {
        f->kind = "rate_limit";
        f->topic = "throttle";
    } else if (s == 413) {
        f->kind = "context_length";
        f->topic = "length";
    } else if (s >= 200 && s < 300) {
        f->kind = "protocol";
    } else if (s == 501 || (s >= 400 && s < 500 && s != 408 && s != 409 && s != 425)) {
        f->kind = "invalid";
    } else {
        f->kind = "unavailable";
    }
}

void lash_failure_classify(struct lash_failure *f)
{
    /* Inside a stream the text may be all that tells the status: "<429> ...". */
    if (f->status == 0 && f->message[0] == '<')
        f->status = number_after(f->message, "<");

    f->burst = false;
    f->fix = LASH_FIX_NONE;
    f->limit = 0;
    f->kind = NULL;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !f->kind; i++) {
        const struct rule *r = &rules[i];
        if (!fits(r, f))
            continue;
        f->kind = r->kind;
        f->topic = r->topic;
        f->burst = r->burst;
        f->fix = r->fix;
        if (r->limit_after)
            f->limit = number_after(f->message, r->limit_after);
    }
    if (!f->kind)
        by_status(f);
    f->temporary = strcmp(f->kind, "rate_limit") == 0 || strcmp(f->kind, "unavailable") == 0 ||
                   strcmp(f->kind, "protocol") == 0;
}

const char *lash_fix_name(enum lash_fix fix)
{
    switch (fix) {
    case LASH_FIX_NONE: return "";
    case LASH_FIX_THINKING_ONLY: return "thinking_only";
    case LASH_FIX_THINKING_NONE: return "thinking_none";
    case LASH_FIX_BUDGET: return "budget";
    case LASH_FIX_STREAM_ONLY: return "stream_only";
    case LASH_FIX_WHOLE_NEEDS_OFF: return "whole_needs_off";
    case LASH_FIX_NO_STREAM_TOOLS: return "no_stream_tools";
    case LASH_FIX_TOOL_CHOICE_AUTO: return "tool_choice_auto";
    case LASH_FIX_JSON_NO_THINKING: return "json_no_thinking";
    case LASH_FIX_ONE_KNOB: return "one_knob";
    case LASH_FIX_NO_PARTS: return "no_parts";
    case LASH_FIX_COMPLETION_TOKENS: return "completion_tokens";
    case LASH_FIX_MAX_TOKENS: return "max_tokens";
    case LASH_FIX_SHORTEN: return "shorten";
    }
    return "";
}
