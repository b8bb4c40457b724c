/* test_chunk.c - every shape of an answer, and its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "dashscope/calls.h"
#include "fold_cases.h"

static void test_text(void **state)
{
    static const struct fold_case cases[] = {
        {"null, empty and absent are the same",
         DELTA("\"content\":null,\"role\":\"assistant\",\"reasoning_content\":\"\"")
             DELTA("\"content\":null,\"reasoning_content\":\"We\"")
                 DELTA("\"content\":\"The\",\"reasoning_content\":null") DELTA("") FINISH("stop"),
         "~We~The=stop"},
        {"both channels in one chunk, whatever the order of keys",
         DELTA("\"content\":\"b\",\"reasoning_content\":\"a\"") FINISH("stop"), "~a~b=stop"},
        {"keys in any order",
         "{\"choices\":[{\"finish_reason\":\"stop\",\"delta\":{\"content\":"
         "\"x\"},\"index\":0}],\"id\":\"i\"}",
         "x=stop"},
        {"reasoning is another name", DELTA("\"reasoning\":\"a\"") FINISH("stop"), "~a~=stop"},
        {"under both names it counts once",
         DELTA("\"reasoning\":\"a\",\"reasoning_content\":\"a\"")
             DELTA("\"reasoning_content\":\"b\",\"reasoning\":\"b\"") FINISH("stop"),
         "~a~~b~=stop"},
        {"content as a list",
         DELTA("\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"text\":"
               "\"b\"},\"c\",{\"image\":\"x\"},[\"no\"]]") FINISH("stop"),
         "abc=stop"},
        {"content that is no text, and yet is something",
         DELTA("\"content\":\"a \"") DELTA("\"content\":42") DELTA("\"content\":\" b\"")
             DELTA("\"content\":{\"type\":\"text\",\"text\":\" c \"}")
                 DELTA("\"content\":[1.5,true]") DELTA("\"content\":false") FINISH("stop"),
         "a 42 b c 1.5true=stop"},
        {"a list with a number in it is no pattern for the next",
         DELTA("\"content\":[\"a\",1]") DELTA("\"content\":[\"b\",1]") FINISH("stop"), "a1b1=stop"},
        {"a refusal as a part",
         DELTA("\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]") FINISH("stop"),
         "No.=stop"},
        {"a refusal",
         DELTA("\"content\":null,\"refusal\":\"I can\"") DELTA("\"refusal\":\"not.\"")
             FINISH("stop"),
         "I cannot.=stop"},
        {"unknown members, also with known names inside",
         "{\"x\":{\"choices\":[{\"delta\":{\"content\":\"no\"}}],\"error\":\"no\"},\"y\":[[{}]],"
         "\"choices\":[{\"logprobs\":{\"content\":[{\"token\":\"no\"}]},\"delta\":{\"content\":"
         "\"x\",\"z\":{\"content\":\"no\"}}}]}\n" FINISH("stop"),
         "x=stop"},
        {"no choices", "{\"choices\":[]}\n{\"choices\":null}\n{}\n" FINISH("stop"), "=stop"},
        {"wrong types are nothing",
         "{\"choices\":{\"delta\":{\"content\":\"no\"}},\"usage\":[1],\"id\":5}\n"
         "{\"choices\":[5,null,{\"delta\":[\"no\"],\"message\":true}]}\n" FINISH("stop"),
         "=stop"},
        {"another choice is not this one",
         "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"no\"},\"finish_reason\":\"length\"},"
         "{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n",
         "x..."},
        {"native",
         "{\"output\":{\"choices\":[{\"message\":{\"content\":[{\"text\":\"I am\"}],"
         "\"role\":\"assistant\"},\"finish_reason\":\"null\"}]},\"request_id\":\"r\"}\n"
         "{\"output\":{\"text\":\" here\",\"finish_reason\":\"stop\"}}\n",
         "I am here=stop"},
    };
    (void)state;
    fold_check(cases, COUNT(cases));
}

static void test_end(void **state)
{
    static const struct fold_case cases[] = {
        {"cut", DELTA("\"content\":\"x\""), "x..."},
        {"the string null is none",
         "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"null\"}]}", "x..."},
        {"neither is the empty one",
         "{\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"\"}]}", "x..."},
        {"done is an end", DELTA("\"content\":\"x\"") " [DONE] ", "x="},
        {"nothing but done", "[DONE]", "="},
        {"twice", FINISH("length") FINISH("stop"), "=length"},
        {"empty data keeps alive", "\n \n" FINISH("stop") "\n", "=stop"},
        {"length with calls stays length",
         CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{")) FINISH("length"), "(a|f|{)=length"},
        {"stop with calls", CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{}")) FINISH("stop"),
         "(a|f|{})=tool_calls"},
        {"not streamed",
         "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
         "\"\",\"reasoning_content\":\"hm\",\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":"
         "\"function\"," FUNCTION("f", "{}") "}]},\"finish_reason\":\"tool_calls\"}]}",
         "~hm~(a|f|{})=tool_calls"},
    };
    (void)state;
    fold_check(cases, COUNT(cases));
}

static void test_errors(void **state)
{
    static const struct fold_case cases[] = {
        {"wins over all before it, and over what follows",
         DELTA("\"content\":\"x\"")
             FINISH("stop") "{\"error\":{\"code\":\"data_inspection_failed\",\"param\":null,"
                            "\"message\":\"Output "
                            "data may contain inappropriate "
                            "content.\",\"type\":\"t\"},\"id\":\"chatcmpl-1\"}\n"
                            "[DONE]",
         "x!content_filter:Output data may contain inappropriate content."},
        {"native",
         "{\"request_id\":\"r\",\"code\":\"Throttling.AllocationQuota\",\"message\":"
         "\"Allocated quota exceeded\"}",
         "!rate_limit:Allocated quota exceeded"},
        {"as a string", "{\"error\":\"boom\"}", "!unavailable:boom"},
        {"llama.cpp",
         "{\"error\":{\"code\":400,\"message\":\"bad\",\"type\":\"invalid_request_error\"}}",
         "!invalid:bad"},
        {"a number as a code, at the top",
         "{\"code\":500,\"message\":\"Cannot use tools with stream\",\"type\":\"server_error\"}",
         "!invalid:Cannot use tools with stream"},
        {"a code that is no error", "{\"code\":200,\"message\":\"ok\"}\n" FINISH("stop"), "=stop"},
        {"the first is the cause", "{\"error\":\"one\"}\n{\"error\":\"two\"}", "!unavailable:one"},
        {"as a finish, with the text as content",
         DELTA("\"content\":\"x\"") "{\"choices\":[{\"finish_reason\":\"error_finish\",\"delta\":{"
                                    "\"content\":\"Requests "
                                    "rate limit exceeded\"}}]}",
         "x!rate_limit:Requests rate limit exceeded"},
        {"as a finish, with the status in the text",
         "{\"choices\":[{\"finish_reason\":\"error_finish\",\"delta\":{\"content\":"
         "\"<429> Slow down\"}}]}",
         "!rate_limit:<429> Slow down"},
        {"as a finish, without a text", FINISH("error_finish"),
         "!unavailable:an error without an explanation"},
        {"false is none", "{\"error\":false}\n" FINISH("stop"), "=stop"},
        {"null is none", "{\"error\":null,\"code\":\"\",\"message\":\"\"}\n" FINISH("stop"),
         "=stop"},
        {"a code beside choices is none",
         "{\"code\":\"ok\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", "=stop"},
    };
    (void)state;
    fold_check(cases, COUNT(cases));

    struct fold f;
    fold_init(&f);
    lash_answer_comment(f.answer, "HTTP_STATUS/200", 15);
    lash_answer_comment(f.answer, "HTTP_STATUS/429", 15);
    lash_answer_comment(f.answer, " ping", 5);
    assert_int_equal(fold_feed(&f, "{\"error\":\"?\"}", 13), LASH_OK);
    assert_int_equal(lash_answer_failure(f.answer)->status, 429);
    assert_string_equal(lash_answer_failure(f.answer)->kind, "rate_limit");
    fold_free(&f);
}

static void test_malformed(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"choices\":[{\"delta\":{\"content\":\"x\"", "the answer is not JSON: line 1,"},
        {"<html>\n<body>", "the answer is not a JSON object: <html>"},
        {"[]", "the answer is not a JSON object: []"},
        {"{\"choices\":[]} {}", "the answer is not JSON: line 1,"},
        {"{\"id\":\"\xff\"}", "the answer is not JSON: line 1, column 8: invalid UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fold f;
        fold_init(&f);
        assert_int_equal(fold_feed(&f, cases[i].text, strlen(cases[i].text)), LASH_EPROTO);
        assert_memory_equal(f.err.msg, cases[i].message, strlen(cases[i].message));
        /* the reader is fit for more */
        f.code = LASH_OK;
        assert_int_equal(fold_feed(&f, FINISH("stop"), strlen(FINISH("stop"))), LASH_OK);
        assert_string_equal(fold_end(&f), "=stop");
        fold_free(&f);
    }
}

static void test_usage(void **state)
{
    static const char last[] =
        "{\"choices\":[],\"model\":\"qwen3-max\",\"id\":\"chatcmpl-1\",\"usage\":{\"prompt_"
        "tokens\":"
        "24,\"completion_tokens\":35,\"total_tokens\":59,\"completion_tokens_details\":{"
        "\"reasoning_tokens\":28},\"prompt_tokens_details\":{\"cached_tokens\":5,"
        "\"cache_creation_input_tokens\":6}}}";
    static const char native[] = "{\"usage\":{\"input_tokens\":1,\"output_tokens\":2,"
                                 "\"output_tokens_details\":{\"reasoning_tokens\":3}}}";
    static const char nested[] = "{\"choices\":[{\"delta\":{},\"usage\":{\"prompt_tokens\":9,"
                                 "\"prompt_tokens_details\":null}}],\"usage\":null}";
    (void)state;
    struct fold f;
    struct lash_usage u;
    fold_init(&f);
    assert_false(lash_answer_usage(f.answer, &u));
    assert_int_equal(u.input, -1);
    assert_int_equal(fold_feed(&f, nested, strlen(nested)), LASH_OK);
    assert_true(lash_answer_usage(f.answer, &u));
    assert_int_equal(u.input, 9);
    assert_int_equal(u.cached, -1);
    assert_int_equal(fold_feed(&f, last, strlen(last)), LASH_OK); /* the last word counts */
    assert_true(lash_answer_usage(f.answer, &u));
    assert_int_equal(u.input, 24);
    assert_int_equal(u.output, 35);
    assert_int_equal(u.total, 59);
    assert_int_equal(u.reasoning, 28);
    assert_int_equal(u.cached, 5);
    assert_int_equal(u.cache_creation, 6);
    assert_string_equal(lash_answer_model(f.answer), "qwen3-max");
    assert_string_equal(lash_answer_id(f.answer), "chatcmpl-1");
    fold_free(&f);
    fold_init(&f);
    assert_int_equal(fold_feed(&f, native, strlen(native)), LASH_OK);
    assert_true(lash_answer_usage(f.answer, &u));
    assert_int_equal(u.input, 1);
    assert_int_equal(u.output, 2);
    assert_int_equal(u.total, -1);
    assert_int_equal(u.reasoning, 3);
    fold_free(&f);
}

static void feed_call(struct fold *f, int index, const char *args, size_t n)
{
    struct lash_buf chunk = LASH_BUF_INIT((size_t)4 << 20);
    char head[128];
    (void)snprintf(head, sizeof(head),
                   "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d,\"function\":{"
                   "\"name\":\"f\",\"arguments\":\"",
                   index);
    assert_int_equal(lash_buf_add(&chunk, head, strlen(head)), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, args, n), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, "\"}}]}}]}", 8), LASH_OK);
    (void)fold_feed(f, chunk.ptr, chunk.len);
    lash_buf_free(&chunk);
}

/* One call whose id, or name, has n bytes of text. */
static enum lash_code feed_label(const char *key, const char *text, size_t n)
{
    static const char head[] = "{\"choices\":[{\"delta\":{\"tool_calls\":[{";
    const char *tail = strchr(key, '{') ? "\"}}]}}]}" : "\"}]}}]}";
    struct lash_buf chunk = LASH_BUF_INIT((size_t)1 << 20);
    assert_int_equal(lash_buf_add(&chunk, head, strlen(head)), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, key, strlen(key)), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, ":\"", 2), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, text, n), LASH_OK);
    assert_int_equal(lash_buf_add(&chunk, tail, strlen(tail)), LASH_OK);
    struct fold f;
    fold_init(&f);
    enum lash_code code = fold_feed(&f, chunk.ptr, chunk.len);
    fold_free(&f);
    lash_buf_free(&chunk);
    return code;
}

static void test_limits(void **state)
{
    (void)state;
    struct fold f;
    fold_init(&f);
    for (int i = 0; i < LASH_CALLS_MAX; i++)
        feed_call(&f, i, "{}", 2);
    assert_int_equal(f.code, LASH_OK);
    feed_call(&f, LASH_CALLS_MAX, "{}", 2);
    assert_int_equal(f.code, LASH_ETOOBIG);
    fold_free(&f);

    size_t mega = (size_t)1 << 20;
    char *args = malloc(mega);
    assert_non_null(args);
    memset(args, 'x', mega);
    fold_init(&f);
    for (int i = 0; i < 16; i++) /* the limit is that of all calls together */
        feed_call(&f, i % 2, args, mega);
    assert_int_equal(f.code, LASH_OK);
    feed_call(&f, 5, args, 1);
    assert_int_equal(f.code, LASH_ETOOBIG);
    fold_free(&f);

    assert_int_equal(feed_label("\"id\"", args, (size_t)64 << 10), LASH_OK);
    assert_int_equal(feed_label("\"id\"", args, ((size_t)64 << 10) + 1), LASH_ETOOBIG);
    assert_int_equal(feed_label("\"function\":{\"name\"", args, 512), LASH_OK);
    assert_int_equal(feed_label("\"function\":{\"name\"", args, 513), LASH_ETOOBIG);
    free(args);
}

/* Quadratic work would not end within the time that a test is given. */
static void test_many_fragments(void **state)
{
    static const char one[] =
        CALL("\"index\":0,\"id\":\"\"," ARGS("1")) /* ends with a line feed */;
    (void)state;
    struct fold f;
    fold_init(&f);
    feed_call(&f, 0, "[", 1);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(fold_feed(&f, one, sizeof(one) - 1), LASH_OK);
    assert_int_equal(lash_answer_call(f.answer, 0).arguments_len, 100001);
    fold_free(&f);
}

static enum lash_code refuse(void *ctx, enum lash_channel channel, const char *text, size_t n)
{
    (void)ctx;
    (void)channel;
    (void)text;
    (void)n;
    return LASH_ECLOSED;
}

static void test_callback_fails(void **state)
{
    static const char chunk[] = DELTA("\"content\":\"x\"");
    (void)state;
    struct lash_answer *a;
    struct lash_err err;
    assert_int_equal(lash_answer_new(&a, refuse, NULL), LASH_OK);
    assert_int_equal(lash_answer_feed(a, chunk, strlen(chunk), &err), LASH_ECLOSED);
    assert_int_equal(err.code, LASH_ECLOSED);
    lash_answer_free(a);
    lash_answer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),           cmocka_unit_test(test_end),
        cmocka_unit_test(test_errors),         cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_usage),          cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many_fragments), cmocka_unit_test(test_callback_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
