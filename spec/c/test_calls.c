/* test_calls.c - tool calls put together from fragments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fold_cases.h"

static const struct fold_case calls[] = {
    {"empty ids",
     CALL("\"index\":0,\"id\":\"a\",\"type\":\"function\"," FUNCTION("f", ""))
         CALL("\"index\":0,\"id\":\"\"," ARGS("{")) CALL(
             ARGS("}") ",\"index\":0,\"id\":\"\"") "{\"choices\":[{\"delta\":{\"tool_calls\":[{"
                                                   "\"function\":{"
                                                   "\"arguments\":\"\"},\"index\":0,\"id\":\"\"}]},"
                                                   "\"index\":0}]}\n" FINISH("tool_calls"),
     "(a|f|{})=tool_calls"},
    {"missing ids, interleaved",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":"))
         CALL("\"index\":1,\"id\":\"b\"," FUNCTION("g", "{\\\"y\\\":"))
             CALL("\"index\":0," ARGS("1}")) CALL("\"index\":1," ARGS("2}")) "[DONE]",
     "(a|f|{\"x\":1})(b|g|{\"y\":2})="},
    {"repeated ids, null arguments",
     CALL("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":null}")
         CALL("\"index\":0,\"id\":\"a\"," ARGS("{")) CALL("\"index\":0,\"id\":\"a\"," ARGS("}"))
             CALL("\"index\":0,\"id\":null,\"function\":{\"name\":null,\"arguments\":null}") "[DONE"
                                                                                             "]",
     "(a|f|{})="},
    {"id first, then the name",
     CALL("\"index\":0,\"id\":\"a\"") CALL("\"index\":0,\"function\":{\"name\":\"f\"}")
         CALL("\"index\":0," ARGS("{}")) "[DONE]",
     "(a|f|{})="},
    {"name first, then the id",
     CALL("\"index\":0,\"function\":{\"name\":\"f\"}")
         CALL("\"index\":0,\"id\":\"a\"," ARGS("{}")) "[DONE]",
     "(a|f|{})="},
    {"repeated name",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{"))
         CALL("\"index\":0,\"id\":\"\"," FUNCTION("f", "}")) "[DONE]",
     "(a|f|{})="},
    {"one call, in no list",
     "{\"choices\":[{\"delta\":{\"tool_calls\":{\"index\":0,\"id\":\"a\"," FUNCTION(
         "f", "{}") "}}}]}\n" FINISH("tool_calls"),
     "(a|f|{})=tool_calls"},
    {"no index",
     CALL("\"id\":\"a\"," FUNCTION("f", "{")) CALL("\"id\":\"a\"," ARGS("}"))
         CALL("\"id\":\"b\"," FUNCTION("g", "{")) CALL(ARGS("}")) "[DONE]",
     "(a|f|{})(b|g|{})="},
    {"null index, first id late",
     CALL("\"index\":null," FUNCTION("f", "{"))
         CALL("\"index\":null,\"id\":\"a\"," ARGS("}")) "[DONE]",
     "(a|f|{})="},
    {"neither index nor id",
     CALLS("{" FUNCTION("f", "{}") "},{" FUNCTION("f", "{}") "}") CALL(ARGS(" ")) "[DONE]",
     "(|f|{})(|f|{})="},
    {"sparse indexes",
     CALL("\"index\":7,\"id\":\"a\"," FUNCTION("f", "{"))
         CALL("\"index\":3,\"id\":\"b\"," FUNCTION("g", "{"))
             CALLS("{\"index\":7," ARGS("}") "},{\"index\":3," ARGS("}") "}") "[DONE]",
     "(b|g|{})(a|f|{})="},
    {"one id for two calls",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{")) CALL(
         "\"index\":1,\"id\":\"a\"," FUNCTION("g", "{")) CALL("\"index\":0,\"id\":\"a\"," ARGS("}"))
         CALL("\"index\":1,\"id\":\"a\"," ARGS("}")) "[DONE]",
     "(a|f|{})(a|g|{})="},
    {"a finished call once more, in pieces and other spacing",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x y\\\": 1}"))
         CALL("\"index\":0,\"id\":\"\"," ARGS("{\\\"x y"))
             CALL("\"index\":0," ARGS("\\\":1 }")) "[DONE]",
     "(a|f|{\"x y\": 1})="},
    {"one id for two calls of one name",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"a\\\"}"))
         CALL("\"index\":1,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"b\\\"}")) "[DONE]",
     "(a|f|{\"x\":\"a\"})(a|f|{\"x\":\"b\"})="},
    {"one id for two calls of one name, interleaved",
     CALL("\"index\":1,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"/a"))
         CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{}"))
             CALL("\"index\":1,\"id\":\"a\"," ARGS("/b\\\"}")) "[DONE]",
     "(a|f|{})(a|f|{\"x\":\"/a/b\"})="},
    {"a known id on an unknown index, without a name",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{"))
         CALL("\"index\":1,\"id\":\"a\"," ARGS("}")) "[DONE]",
     "(a|f|{})="},
    {"without an index: of the call that was heard of last",
     CALL("\"index\":7,\"id\":\"a\"," FUNCTION("f", "{"))
         CALL("\"index\":3,\"id\":\"b\"," FUNCTION("g", "[")) CALL(ARGS("]")) CALL("\"id\":\"a\"")
             CALL(ARGS("}")) "[DONE]",
     "(b|g|[])(a|f|{})="},
    {"two objects are kept, for the model to see",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":1}"))
         CALL("\"index\":0,\"id\":\"\"," ARGS("{\\\"x\\\":2}")) "[DONE]",
     "(a|f|{\"x\":1}{\"x\":2})="},
    {"a new id on a busy index",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{")) CALL(
         "\"index\":0,\"id\":\"b\"," FUNCTION("g", "{")) CALL("\"index\":0,\"id\":\"\"," ARGS("}"))
         CALL("\"index\":0,\"id\":\"a\"," ARGS("}")) "[DONE]",
     "(a|f|{})(b|g|{})="},
    {"all on index 0, without ids",
     CALLS("{\"index\":0," FUNCTION("f", "{}") "},{\"index\":0," FUNCTION(
         "g", "{}") "},{\"index\":0," FUNCTION("g", "{\\\"n\\\":1}") "}") "[DONE]",
     "(|f|{})(|g|{})(|g|{\"n\":1})="},
    {"a finished call once more, also on another index, and in pieces",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"}\\\"}"))
         CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"}\\\"}"))
             CALL("\"index\":4,\"id\":\"a\"," FUNCTION("f", " {\\\"x\\\": "))
                 CALL("\"index\":4,\"id\":\"a\"," ARGS("\\\"}\\\"}\\n")) "[DONE]",
     "(a|f|{\"x\":\"}\"})="},
    {"a finished call once more, without its id and in other spacing",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x y\\\": 1}"))
         CALL("\"index\":0," FUNCTION("f", "{\\\"x y\\\":1}"))
             CALL("\"index\":0," FUNCTION("f", "{\\\"x"))
                 CALL("\"index\":0," FUNCTION("f", " y\\\":1}")) "[DONE]",
     "(a|f|{\"x y\": 1})="},
    {"once more, with an id that came late",
     CALL("\"index\":0," FUNCTION("f", "{}"))
         CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{}")) "[DONE]",
     "(a|f|{})="},
    {"spacing inside of strings is not the same",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"a b\\\"}"))
         CALL("\"index\":1,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"ab\\\"}")) "[DONE]",
     "(a|f|{\"x\":\"a b\"})(a|f|{\"x\":\"ab\"})="},
    {"other arguments under the same id and index are kept, for the model to see",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":1}"))
         CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":2}")) "[DONE]",
     "(a|f|{\"x\":1}{\"x\":2})="},
    {"nothing is missing of what only began like the first",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":\\\"y\\\"}"))
         CALL("\"index\":0," ARGS("{\\\"x\\\":\\\"")) CALL("\"index\":0," ARGS("z\\\"}")) "[DONE]",
     "(a|f|{\"x\":\"y\"}{\"x\":\"z\"})="},
    {"a name with every fragment, and white space behind the object",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", ""))
         CALL("\"index\":0,\"id\":\"\"," FUNCTION("f", "{\\\"x\\\":1}"))
             CALL("\"index\":0,\"id\":\"\"," FUNCTION("f", "\\n"))
                 CALL("\"index\":0,\"id\":\"\"," FUNCTION("f", "")) "[DONE]",
     "(a|f|{\"x\":1})="},
    {"the same without an index",
     CALL("\"id\":\"a\"," FUNCTION("f", "{\\\"x\\\":")) CALL("\"id\":\"\"," FUNCTION("f", "1}"))
         CALL("\"id\":\"\"," FUNCTION("f", " ")) "[DONE]",
     "(a|f|{\"x\":1})="},
    {"what is no object begins no call, and stays",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{}"))
         CALL("\"index\":0,\"id\":\"\"," FUNCTION("f", " }")) "[DONE]",
     "(a|f|{} })="},
    {"white space that belongs to nothing", CALL("\"index\":3," ARGS("\\n")) FINISH("stop"),
     "=stop"},
    {"a brace too many is kept, for the model to see",
     CALL("\"index\":0,\"id\":\"a\"," FUNCTION("f", "{}")) CALL("\"index\":0," ARGS("}")) "[DONE]",
     "(a|f|{}})="},
    {"arguments as an object",
     CALL("\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":{\"n\":12345678901234567,\"e\":"
          "{},\"l\":[],\"d\":0.1,\"s\":\"\\u00e9\",\"z\":null},\"name\":\"f\"}") "[DONE]",
     "(a|f|{\"n\":12345678901234567,\"e\":{},\"l\":[],\"d\":0.1,\"s\":\"\xc3\xa9\",\"z\":null})"
     "="},
    {"arguments as something else",
     CALL("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\",\"arguments\":true}")
         CALL("\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\",\"arguments\":[1]}") "[DONE]",
     "(a|f|true)(b|g|[1])="},
    {"no arguments, no name", CALL("\"index\":0,\"id\":\"a\"") "[DONE]", "(a||)="},
    {"a tail that belongs to nothing", CALL("\"index\":0,\"id\":\"\"," ARGS("")) FINISH("stop"),
     "=stop"},
    {"a call as text is no call",
     DELTA("\"reasoning_content\":\"<tool_call>{\\\"name\\\":\\\"f\\\"}</tool_call>\"")
         FINISH("stop"),
     "~<tool_call>{\"name\":\"f\"}</tool_call>~=stop"},
};

static void test_calls(void **state)
{
    (void)state;
    fold_check(calls, COUNT(calls));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
