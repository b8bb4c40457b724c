/* plan.c - what a request may say to this model; see request.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dashscope/request.h"
#include "wire/json.h"

/* What the levels are worth, in tokens. An effort word can mean very much more
 * (qwen3.8: 262,144 for "high"), so a budget is preferred to it. */
#define BUDGET_LOW 4096
#define BUDGET_MEDIUM 16384
#define BUDGET_HIGH 32768

static enum lash_code refuse(struct lash_err *err, const char *field, double value,
                             const char *allowed)
{
    return lash_err_set(err, LASH_EUSAGE, "%s is %.15g, allowed is %s", field, value, allowed);
}

/* DashScope refuses what is outside of these; another server has its own
 * ideas, and gets everything that may be right. */
static enum lash_code check_ranges(const struct lash_request_spec *s, struct lash_err *err)
{
    double t = s->temperature;
    double p = s->top_p;
    if (!s->messages.ptr)
        return lash_err_set(err, LASH_EUSAGE, "a request needs messages");
    if (s->dashscope && !isnan(t) && !(t >= 0 && t < 2))
        return refuse(err, "temperature", t, "0 up to, but not including, 2");
    if (!isnan(t) && !(t >= 0 && t <= 2))
        return refuse(err, "temperature", t, "0 to 2");
    if (s->dashscope && !isnan(p) && !(p > 0 && p <= 1))
        return refuse(err, "top_p", p, "more than 0, up to 1");
    if (!isnan(p) && !(p >= 0 && p <= 1))
        return refuse(err, "top_p", p, "0 to 1");
    if (s->dashscope && s->seed != LASH_ABSENT && (s->seed < 0 || s->seed > INT32_MAX))
        return refuse(err, "seed", (double)s->seed, "0 to 2147483647");
    if (s->max_tokens != LASH_ABSENT && s->max_tokens < 1)
        return refuse(err, "max_tokens", (double)s->max_tokens, "1 or more");
    if (s->level == LASH_LEVEL_BUDGET && s->budget < 1)
        return refuse(err, "thinking budget", (double)s->budget, "1 or more");
    return LASH_OK;
}

static size_t skip_space(const struct lash_json_text *t, size_t i)
{
    while (i < t->len && lash_json_is_space(t->ptr[i]))
        i++;
    return i;
}

bool lash_json_text_has_items(const struct lash_json_text *t)
{
    if (!t->ptr)
        return false;
    size_t i = skip_space(t, 0);
    if (i == t->len || t->ptr[i] != '[')
        return false;
    i = skip_space(t, i + 1);
    return i < t->len && t->ptr[i] != ']';
}

/* "required" and a function of its own force a call; "auto" and "none" do not. */
static bool forces_call(const struct lash_json_text *t)
{
    static const char required[] = "\"required\"";
    if (!t->ptr)
        return false;
    size_t i = skip_space(t, 0);
    if (i < t->len && t->ptr[i] == '{')
        return true;
    return t->len - i >= sizeof(required) - 1 &&
           memcmp(t->ptr + i, required, sizeof(required) - 1) == 0;
}

struct format {
    int depth;
    bool is_type; /* the last key was "type" */
    bool json;
};

static enum lash_code on_format(void *ctx, const struct lash_json_token *t)
{
    struct format *f = ctx;
    if (t->type == LASH_JSON_OBJECT || t->type == LASH_JSON_ARRAY)
        f->depth++;
    else if (t->type == LASH_JSON_OBJECT_END || t->type == LASH_JSON_ARRAY_END)
        f->depth--;
    else if (t->type == LASH_JSON_KEY)
        f->is_type = f->depth == 1 && t->len == 4 && memcmp(t->str, "type", 4) == 0;
    else if (t->type == LASH_JSON_STRING && f->depth == 1 && f->is_type)
        f->json = t->len > 5 && memcmp(t->str, "json_", 5) == 0;
    return LASH_OK;
}

/* Is response_format one of JSON, json_object or json_schema? */
static enum lash_code read_format(const struct lash_json_text *text, bool *json,
                                  struct lash_err *err)
{
    *json = false;
    if (!text->ptr)
        return LASH_OK;
    struct format f = {0};
    struct lash_json_reader *r;
    if (lash_json_reader_new(&r, false, on_format, &f) != LASH_OK)
        return lash_err_set(err, LASH_ENOMEM, "out of memory");
    struct lash_err why = {.msg = "out of memory"};
    enum lash_code code = lash_json_read(r, text->ptr, text->len, &why);
    lash_json_reader_free(r);
    *json = f.json;
    if (code == LASH_ESYNTAX)
        code = LASH_EUSAGE;
    return code == LASH_OK ? code : lash_err_set(err, code, "response_format: %s", why.msg);
}

static bool wants_thinking(enum lash_level level)
{
    return level != LASH_LEVEL_UNSET && level != LASH_LEVEL_OFF;
}

static int64_t budget_of(const struct lash_request_spec *spec)
{
    switch (spec->level) {
    case LASH_LEVEL_LOW: return BUDGET_LOW;
    case LASH_LEVEL_MEDIUM: return BUDGET_MEDIUM;
    case LASH_LEVEL_HIGH: return BUDGET_HIGH;
    case LASH_LEVEL_BUDGET: return spec->budget;
    case LASH_LEVEL_UNSET:
    case LASH_LEVEL_OFF: break;
    }
    return 0;
}

static const char *effort_of(int64_t budget)
{
    return budget <= BUDGET_LOW ? "low" : budget <= BUDGET_MEDIUM ? "medium" : "high";
}

/* What to say of thinking, as if nothing else were asked for. */
static void plan_thinking(struct lash_plan *plan, const struct lash_request_spec *spec,
                          const struct lash_model *model)
{
    if (model->thinking == LASH_THINKING_NONE)
        return;
    int64_t budget = budget_of(spec);
    if (!spec->dashscope) {
        /* The one word that OpenAI's own interface has for it. */
        if (wants_thinking(spec->level) && spec->level != LASH_LEVEL_BUDGET)
            plan->effort = effort_of(budget);
    } else if (wants_thinking(spec->level)) {
        plan->think = LASH_YES;
        if (model->takes_budget)
            plan->budget =
                model->max_budget > 0 && budget > model->max_budget ? model->max_budget : budget;
        else if (model->takes_effort)
            plan->effort = effort_of(budget);
    } else if (spec->level == LASH_LEVEL_OFF &&
               (model->thinking == LASH_THINKING_ON || model->thinking == LASH_THINKING_UNKNOWN)) {
        plan->think = LASH_NO;
    }
}

static void no_thinking(struct lash_plan *plan, const struct lash_model *model)
{
    plan->think = model->thinking == LASH_THINKING_OFF ? LASH_UNKNOWN : LASH_NO;
    plan->budget = 0;
    plan->effort = NULL;
}

/* Will the model think, as far as is known? */
static bool thinks(const struct lash_plan *plan, const struct lash_model *model)
{
    return plan->think == LASH_YES ||
           (plan->think == LASH_UNKNOWN &&
            (model->thinking == LASH_THINKING_ON || model->thinking == LASH_THINKING_ONLY));
}

/* Text alone is streamed unless the caller says otherwise. With tools it depends
 * on what is asked for and what is known; what is certain to be refused is never
 * chosen where there is another way. */
static void plan_stream(struct lash_plan *plan, const struct lash_request_spec *spec,
                        const struct lash_model *model)
{
    bool refused = model->stream_tools == LASH_NO;
    plan->stream = true;
    if (!spec->no_stream &&
        (!lash_json_text_has_items(&spec->tools) || spec->tool_streaming == LASH_STREAM_NATIVE ||
         (spec->tool_streaming == LASH_STREAM_AUTO && !refused)))
        return;
    plan->whole = true;
    if (model->stream_only)
        return;
    bool needs_off = spec->dashscope && model->whole_needs_off;
    if (needs_off && model->thinking == LASH_THINKING_ONLY)
        return; /* cannot be switched off: as good as stream-only */
    if (needs_off && spec->think == LASH_YES)
        return; /* extra wins in the body too, so only a stream can be right */
    if (needs_off && spec->think == LASH_UNKNOWN && wants_thinking(spec->level) && !refused)
        return; /* only a stream lets it think */
    plan->stream = false;
    if (needs_off) { /* said even where it is the default: the service insists */
        no_thinking(plan, model);
        plan->think = LASH_NO;
    }
}

enum lash_code lash_plan_make(struct lash_plan *plan, const struct lash_request_spec *spec,
                              const struct lash_model *model, struct lash_err *err)
{
    enum lash_code code = check_ranges(spec, err);
    if (code != LASH_OK)
        return code;
    bool json;
    code = read_format(&spec->response_format, &json, err);
    if (code != LASH_OK)
        return code;

    *plan = (struct lash_plan){0};
    plan_thinking(plan, spec, model);
    if (spec->think == LASH_NO)
        no_thinking(plan, model);
    if (spec->think != LASH_UNKNOWN)
        plan->think = spec->think;
    plan_stream(plan, spec, model);
    if (spec->dashscope && json && !model->json_thinking && thinks(plan, model)) {
        plan->drop_format = model->thinking == LASH_THINKING_ONLY || spec->think == LASH_YES;
        plan->drop_thinking_for_json = !plan->drop_format;
        if (!plan->drop_format)
            no_thinking(plan, model);
    }
    if (forces_call(&spec->tool_choice))
        plan->drop_tool_choice =
            model->tool_choice_auto || (spec->dashscope && thinks(plan, model));
    plan->completion_tokens = model->completion_tokens;
    if (spec->max_tokens != LASH_ABSENT)
        plan->max_tokens = model->max_output > 0 && spec->max_tokens > model->max_output
                               ? model->max_output
                               : spec->max_tokens;
    return LASH_OK;
}
