/* test_failure.c - every form of error body, and what it means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "dashscope/failure.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct lash_failure read_bytes(long status, const char *type, const char *body, size_t n)
{
    char *copy = malloc(n ? n : 1); /* exact size, no NUL: an overread shows */
    assert_non_null(copy);
    memcpy(copy, body, n);
    struct lash_failure f;
    lash_failure_read(&f, status, type, copy, n);
    free(copy);
    return f;
}

static struct lash_failure read_body(long status, const char *type, const char *body)
{
    return read_bytes(status, type, body, strlen(body));
}

/* What is taken out of a body. */
static const struct {
    long status;
    const char *type, *body;
    long expect_status;
    const char *code, *message, *request_id;
} forms[] = {
    {401, NULL,
     "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":null,\"code\":\"c\"},"
     "\"request_id\":\"r\"}",
     401, "c", "m", "r"},
    {400, NULL, "{\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":null},\"id\":\"chat-1\"}",
     400, "t", "m", "chat-1"},
    {400, NULL, "{\"id\":\"i\",\"request_id\":\"r\",\"error\":{\"message\":\"m\"}}", 400, "", "m",
     "r"},
    {400, NULL, "{\"code\":\"c\",\"message\":\"m\",\"request_id\":\"r\"}", 400, "c", "m", "r"},
    {405, NULL, "{\"error\":\"words\"}", 405, "", "words", ""},
    {400, NULL, "data: {\"error\":{\"code\":\"c\",\"message\":\"m\"},\"id\":\"i\"}", 400, "c", "m",
     "i"},
    {400, NULL, " \r\n data:{\"code\":\"c\",\"message\":\"m\"}\r\n\r\n", 400, "c", "m", ""},
    {200, NULL, "id:1\nevent:error\n:HTTP_STATUS/429\ndata:{\"code\":\"c\",\"message\":\"m\"}\n\n",
     429, "c", "m", ""},
    {503, NULL, "event:error\n:HTTP_STATUS/429\ndata:{\"message\":\"m\"}\n\n", 503, "", "m", ""},
    {502, "text/html", "<html><head><title>502 Bad\nGateway</title>", 502, "", "502 Bad Gateway",
     ""},
    {502, "text/html", "<html>oops", 502, "", "a web page instead of an answer", ""},
    {0, NULL, "<429> Throttling: slow down", 429, "", "<429> Throttling: slow down", ""},
    {500, "text/plain", "upstream \x1b[31mgone\n", 500, "", "upstream  [31mgone ", ""},
    {500, NULL, "\xff", 500, "", "\xef\xbf\xbd", ""},
    {500, NULL, "", 500, "", "HTTP 500 without an explanation", ""},
    {0, NULL, "{}", 0, "", "{}", ""},
    {400, NULL, "{\"error\":{\"message\":\"cut", 400, "", "{\"error\":{\"message\":\"cut", ""},
    /* others: llama.cpp, vLLM, FastAPI, an array around it all */
    {400, NULL, "{\"error\":{\"code\":400,\"message\":\"m\",\"type\":\"t\"}}", 400, "t", "m", ""},
    {0, NULL, "{\"error\":{\"code\":503,\"message\":\"m\"}}", 503, "503", "m", ""},
    {0, NULL, "{\"code\":\"429\",\"message\":\"m\"}", 429, "429", "m", ""},
    {0, NULL, "{\"code\":20012,\"message\":\"m\"}", 0, "20012", "m", ""},
    {400, NULL, "{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":400}", 400, "t",
     "m", ""},
    {404, NULL, "{\"detail\":\"Not Found\"}", 404, "", "Not Found", ""},
    {400, NULL, "[{\"error\":{\"message\":\"m\",\"details\":[{\"message\":\"no\"}]}}]", 400, "",
     "m", ""},
    /* the inner object is more to the point, whatever the order */
    {400, NULL, "{\"message\":\"o\",\"code\":\"o\",\"error\":{\"message\":\"m\",\"code\":\"c\"}}",
     400, "c", "m", ""},
    {400, NULL, "{\"error\":{\"message\":\"m\",\"code\":\"c\"},\"message\":\"o\",\"code\":\"o\"}",
     400, "c", "m", ""},
    {400, NULL, "{\"error\":{\"message\":\"m\",\"deep\":{\"error\":{\"message\":\"no\"}}}}", 400,
     "", "m", ""},
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct lash_failure f = read_body(forms[i].status, forms[i].type, forms[i].body);
        if (f.status != forms[i].expect_status || strcmp(f.code, forms[i].code) != 0 ||
            strcmp(f.message, forms[i].message) != 0 ||
            strcmp(f.request_id, forms[i].request_id) != 0)
            fail_msg("%s: %ld [%s] [%s] [%s]", forms[i].body, f.status, f.code, f.message,
                     f.request_id);
        assert_non_null(f.kind);
        assert_non_null(f.topic);
    }
}

struct meaning {
    long status;
    const char *code, *message;
    const char *expect; /* kind topic [fix [limit]] */
};

static void check_meanings(const struct meaning *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct lash_failure f = {.status = cases[i].status};
        (void)snprintf(f.code, sizeof(f.code), "%s", cases[i].code);
        (void)snprintf(f.message, sizeof(f.message), "%s", cases[i].message);
        lash_failure_classify(&f);
        char line[160];
        char limit[32] = "";
        if (f.limit)
            (void)snprintf(limit, sizeof(limit), " %ld", (long)f.limit);
        (void)snprintf(line, sizeof(line), "%s %s%s%s%s%s", f.kind, f.topic, f.fix ? " " : "",
                       lash_fix_name(f.fix), limit, f.burst ? " burst" : "");
        if (strcmp(line, cases[i].expect) != 0)
            fail_msg("%ld %s %s: %s, not %s", cases[i].status, cases[i].code, cases[i].message,
                     line, cases[i].expect);
        bool passes = strcmp(f.kind, "rate_limit") == 0 || strcmp(f.kind, "unavailable") == 0 ||
                      strcmp(f.kind, "protocol") == 0;
        assert_int_equal(f.temporary, passes);
    }
}

#define ALGO "<400> InternalError.Algo.InvalidParameter: "
#define PARAM "invalid_parameter_error"

/* What the client can change by itself. */
static void test_fixes(void **state)
{
    static const struct meaning cases[] = {
        {400, PARAM, "The value of the enable_thinking parameter is restricted to True.",
         "invalid thinking thinking_only"},
        {400, PARAM, "The model qwen-max does not support enable_thinking.",
         "invalid thinking thinking_none"},
        {400, "InvalidParameter.NotSupportEnableThinking", "x", "invalid thinking thinking_none"},
        {400, "", "Unrecognized request argument supplied: reasoning_effort",
         "invalid thinking thinking_none"},
        {400, PARAM,
         ALGO "The thinking_budget parameter must be a positive integer and not greater than 24576",
         "invalid thinking budget 24576"},
        {400, PARAM,
         "The thinking_budget parameter must be a positive integer and not greater than 0",
         "invalid thinking budget"},
        {400, PARAM, "parameter.enable_thinking must be set to false for non-streaming calls",
         "invalid stream whole_needs_off"},
        {400, PARAM, "parameter.enable_thinking only support stream call",
         "invalid stream whole_needs_off"},
        {400, PARAM,
         ALGO "This model only support stream mode, please enable the stream parameter to access "
              "the model.",
         "invalid stream stream_only"},
        {400, "InvalidParameter", "current user api does not support http call.",
         "invalid stream stream_only"},
        {400, PARAM, "'audio' output only support with stream=true", "invalid stream stream_only"},
        {400, PARAM, "tools is not supported when stream is true",
         "invalid stream no_stream_tools"},
        {500, "server_error", "Cannot use tools with stream", "invalid stream no_stream_tools"},
        {400, PARAM,
         ALGO "The tool_choice parameter does not support being set to required or object in "
              "thinking mode",
         "invalid tool_choice tool_choice_auto"},
        {0, "", ALGO "tool_choice is one of the strings that should be [\"none\", \"auto\"]",
         "invalid tool_choice tool_choice_auto"},
        {400, PARAM, "tool_choice is one of the strings that should be ['none', 'auto']",
         "invalid tool_choice tool_choice_auto"},
        {400, PARAM, "Json mode response is not supported when enable_thinking is true",
         "invalid json json_no_thinking"},
        {400, PARAM, "thinking_budget and reasoning_effort cannot be used together",
         "invalid thinking one_knob"},
        {400, "InvalidParameter", "Range of input length should be [1, 983616]",
         "context_length length shorten 983616"},
        {400, "context_length_exceeded", "x", "context_length length shorten"},
        {400, "", "This model's maximum context length is 4096 tokens.",
         "context_length length shorten 4096"},
        {400, "exceed_context_size_error",
         "request (9 tokens) exceeds the available context size (8 tokens), try increasing it",
         "context_length length shorten 8"},
    };
    (void)state;
    check_meanings(cases, COUNT(cases));
    assert_string_equal(lash_fix_name(LASH_FIX_NONE), "");
}

/* What a person, or time, has to change. */
static const struct meaning meanings[] = {
    {401, "invalid_api_key", "Incorrect API key provided. For details, see: x", "auth key"},
    {401, "InvalidApiKey", "No API-key provided.", "auth key"},
    {401, "", "You didn't provide an API key.", "auth key"},
    {401, "", "invalid access token or token expired", "auth plan"},
    {403, "", "invalid api-key", "auth plan"},
    {401, "", "NOT AUTHORIZED", "auth workspace"},
    {403, "Workspace.AccessDenied", "x", "auth workspace"},
    {403, "AccessDenied", "x", "auth access"},
    {403, "AccessDenied.Unpurchased", "x", "billing activate"},
    {403, "", "", "auth key"},
    {405, "", "Coding Plan is currently only available for Coding Agents", "auth plan_agents"},
    {404, "model_not_found",
     "The model `qwen3.5-max` does not exist or you do not have access to it.", "not_found model"},
    {400, "InvalidParameter", "Model not exist.", "not_found model"},
    {404, "model_not_supported", "Unsupported model x for OpenAI compatibility mode.",
     "not_found model"},
    {404, "", "model 'x' not found, try pulling it first", "not_found model"},
    {404, "not_found_error", "File Not Found", "not_found base"},
    {404, "", "", "not_found base"},
    {307, "", "", "not_found base"},
    {400, "InvalidParameter", "url error, please check url\xef\xbc\x81", "not_found base"},
    {400, "data_inspection_failed", "Input data may contain inappropriate content.",
     "content_filter inspection"},
    {0, "DataInspectionFailed", "inappropriate", "content_filter inspection"},
    {400, "Arrearage", "Access denied, please make sure your account is in good standing.",
     "billing arrears"},
    {429, "PostpaidBillOverdue", "x", "billing arrears"},
    {402, "", "", "billing arrears"},
    {403, "insufficient_quota", "x", "billing free_quota"},
    {500, "server_error", "image input is not supported - hint: provide the mmproj", "invalid "},
    {500, "server_error", "tools param requires --jinja flag", "invalid "},
    {429, "insufficient_quota", "Free allocated quota exceeded.", "billing free_quota"},
    {429, "insufficient_quota", "month allocated quota exceeded", "billing quota"},
    {429, "insufficient_quota", "hour allocated quota exceeded", "billing quota"},
    /* the same code, and only a throttle */
    {429, "insufficient_quota", "Allocated quota exceeded, please increase your quota limit.",
     "rate_limit throttle"},
    {429, "insufficient_quota", "You exceeded your current quota, x", "rate_limit throttle"},
    {0, "Throttling.AllocationQuota", "Allocated quota exceeded", "rate_limit throttle"},
    {429, "Throttling.Concurrency", "concurrency allocated quota exceeded", "rate_limit throttle"},
    {429, "limit_requests", "Requests rate limit exceeded", "rate_limit throttle"},
    {429, "limit_burst_rate", "Request rate increased too quickly", "rate_limit burst burst"},
    {429, "Throttling.BurstRate", "x", "rate_limit burst burst"},
    {429, "", "", "rate_limit throttle"},
    {0, "", "<429> slow down", "rate_limit throttle"},
    {503, "ServiceUnavailable",
     "Too many requests. Your requests are being throttled due to system capacity limits.",
     "unavailable overload"},
    {500, "ModelServingError", "The engine is currently overloaded", "unavailable overload"},
    {500, "request_timeout", "Request timed out, please try again later.", "unavailable timeout"},
    {500, "InternalError.Algo", "Expecting ',' delimiter: line 1", "unavailable "},
    {500, "internal_error", "", "unavailable "},
    {0, "", "who knows", "unavailable "},
    {501, "not_supported_error", "This server does not support completions", "invalid "},
    {400, PARAM, "Temperature should be in [0.0, 2.0)", "invalid temperature"},
    {400, PARAM, "-1 is lesser than the minimum of 0 - 'seed'", "invalid seed"},
    {400, PARAM, "Range of max_tokens should be [1, 131072]",
     "invalid max_tokens max_tokens 131072"},
    {400, PARAM, "[] is too short - 'tools'", "invalid tools"},
    {400, PARAM, "developer is not one of ['system', 'assistant'] - 'messages.[0].role'",
     "invalid role"},
    {400, PARAM, "An assistant message with \"tool_calls\" must be followed by tool messages",
     "invalid history"},
    {400, PARAM, "Tool names are not allowed to be [search]", "invalid tool_name"},
    {400, PARAM, "'messages' must contain the word 'json' in some form", "invalid json"},
    {400, PARAM, "Repetitive tool calls detected in the conversation history",
     "invalid repetition"},
    {400, PARAM, "something new", "invalid "},
    {0, PARAM, "something new", "invalid "},
    /* words that mean it with another status, or as a part of others, only */
    {0, "internal_error", "Upstream error: tool parser crashed", "unavailable "},
    {0, "internal_error", "the tool's stream ended", "unavailable "},
    {500, "internal_error", "tool service: stream closed", "unavailable "},
    {400, "", "Error from upstream provider: tools are not supported", "invalid "},
    {400, "", "function 'stream_logs' in tools has an invalid schema", "invalid "},
    {400, "", "'tools[0].function.parameters.properties.stream' must be an object", "invalid "},
    {400, "", "Streaming is not supported with tools.", "invalid stream no_stream_tools"},
    {503, "ServiceUnavailable", "Model replica not found", "unavailable "},
    {500, "internal_error", "model worker not found, retry", "unavailable "},
    {429, "Throttling", "throttled: model instance does not exist", "rate_limit throttle"},
    {500, "InternalError.Timeout", "The input took too long to process", "unavailable timeout"},
    {400, "string_above_max_length", "Invalid 'input[2].call_id': string too long.", "invalid "},
    {400, "", "prompt is too long: 9 tokens > 8 maximum", "context_length length shorten"},
    {400, PARAM, "Failed to download multimodal content: request timed out", "invalid "},
    {408, "", "request timed out", "unavailable timeout"},
    {400, "InvalidParameter.DataInspection",
     "Unable to download the media resource during the data inspection process.", "invalid "},
    {403, "Model.AccessDenied", "Not authorized to access this model", "auth model"},
    {429, "rate_limit_exceeded", "Rate limit reached for free tier requests, retry in 20s",
     "rate_limit throttle"},
    {400, PARAM, "Range of max_completion_tokens should be [1, 131072]",
     "invalid max_tokens max_tokens 131072"},
    {413, "", "", "context_length length"},
    {422, "", "", "invalid "},
    {408, "", "", "unavailable "},
    {200, "", "<html>", "protocol "},
};

static void test_meanings(void **state)
{
    (void)state;
    check_meanings(meanings, COUNT(meanings));
}

static void add(struct lash_buf *b, const char *s, size_t n)
{
    assert_int_equal(lash_buf_add(b, s, n), LASH_OK);
}

static void test_long_texts(void **state)
{
    (void)state;
    struct lash_buf body = LASH_BUF_INIT(4096);
    char filler[1022];
    memset(filler, 'x', sizeof(filler));
    add(&body, "{\"error\":{\"message\":\"", 21);
    add(&body, filler, sizeof(filler));
    add(&body, "\xc3\xa9\",\"code\":\"", 12); /* a character at the cut */
    add(&body, filler, 200);
    add(&body, "\"}}", 3);
    struct lash_failure f = read_bytes(400, NULL, body.ptr, body.len);
    lash_buf_free(&body);
    assert_int_equal(strlen(f.message), 1022);
    assert_int_equal(strlen(f.code), sizeof(f.code) - 1);

    size_t n = (size_t)1 << 20;
    char *page = malloc(n);
    assert_non_null(page);
    memset(page, 'y', n);
    lash_failure_read(&f, 500, NULL, page, n);
    assert_int_equal(strlen(f.message), sizeof(f.message) - 1);
    for (size_t i = 0; i < 6; i++)
        page[i] = "data: "[i];
    lash_failure_read(&f, 500, NULL, page, n);
    assert_string_equal(f.kind, "unavailable");
    free(page);
}

static void test_comment(void **state)
{
    (void)state;
    assert_int_equal(lash_failure_comment("HTTP_STATUS/429", 15), 429);
    assert_int_equal(lash_failure_comment("HTTP_STATUS/", 12), 0);
    assert_int_equal(lash_failure_comment(" ping", 5), 0);
    assert_int_equal(lash_failure_comment("HTTP_STATUS/429 ", 16), 429);
    /* no status */
    assert_int_equal(lash_failure_comment("HTTP_STATUS/9999999999999", 25), 0);
    assert_int_equal(lash_failure_comment("HTTP_STATUS/-429", 16), 0);
    assert_int_equal(lash_failure_comment("HTTP_STATUS/42", 14), 0);
    assert_int_equal(lash_failure_comment("HTTP_STATUS/429\xFF", 16), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),    cmocka_unit_test(test_fixes),
        cmocka_unit_test(test_meanings), cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_comment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
