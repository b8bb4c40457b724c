/* test_bind_chat.c - lash.core.chat, loop and serve on a growing budget of
 * allocations: a model call over real HTTP, both ends in one script. */
#include "budget.h"

int luaopen_lash_core_chat(lua_State *L);
int luaopen_lash_core_loop(lua_State *L);
int luaopen_lash_core_serve(lua_State *L);

static const luaL_Reg modules[] = {
    {"lash.core.chat", luaopen_lash_core_chat},
    {"lash.core.loop", luaopen_lash_core_loop},
    {"lash.core.serve", luaopen_lash_core_serve},
    {NULL, NULL},
};

/* What both scripts begin with. ask() starts a call and takes its request. */
#define COMMON                                                                                     \
    "local chat, loop, serve = ...\n"                                                              \
    "local server <close> = assert(serve.start(0))\n"                                              \
    "local function wait(f, object)\n"                                                             \
    "  for _ = 1, 1000 do\n"                                                                       \
    "    local a, b, c, d = f(object)\n"                                                           \
    "    if a then return a, b, c, d end\n"                                                        \
    "    loop.poll(1, {})\n"                                                                       \
    "  end\n"                                                                                      \
    "  error 'nothing happens'\n"                                                                  \
    "end\n"                                                                                        \
    "local function ask(headers)\n"                                                                \
    "  local url = ('http://127.0.0.1:%d/chat?a=b'):format(server:port())\n"                       \
    "  local stream = assert(chat.start{url = url, body = '{}', headers = headers or {},\n"        \
    "    first_byte = 60, deadline = loop.now() + 60, record = true})\n"                           \
    "  return stream, wait(server.accept, server)\n"                                               \
    "end\n"

static const char answered[] =
    COMMON "local stream, ex = ask{'X-One: 1'}\n"
           "assert(ex:method() == 'POST' and ex:path() == '/chat' and ex:body() == '{}')\n"
           "assert(ex:header 'x-one' == '1' and #ex:headers() > 1 and ex:id() ~= stream:id())\n"
           "assert(ex:start(200, {['content-type'] = 'text/event-stream'}))\n"
           "assert(ex:write('data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\","
           "\"reasoning_content\":\"hm\",\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"type\":"
           "\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},"
           "\"finish_reason\":\"tool_calls\"}]}\\n\\ndata: [DONE]\\n\\n'))\n"
           "assert(ex:finish())\n"
           "local seen = {tostring(stream):match '^lash.chat.stream'}\n"
           "repeat\n"
           "  local kind, a, b, c = wait(stream.pop, stream)\n"
           "  seen[#seen + 1] = table.concat({kind, a, kind == 'call' and b .. c or nil}, ' ')\n"
           "until kind == 'done' or kind == 'fail'\n"
           "local tap = stream:tap()\n"
           "assert(tap.status == 200 and #tap.headers > 0 and not tap.cut)\n"
           "assert(tap.pieces[1][1] >= 0 and tap.pieces[1][2]:find '^data: {')\n"
           "stream:close()\n"
           "return table.concat(seen, ', ')\n";

static void test_an_answer(void **state)
{
    (void)state;
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = answered,
        .result = "lash.chat.stream, thinking hm, text hi, call c1 f{}, done tool_calls",
    });
}

static const char refused[] =
    COMMON "local stream <close>, ex = ask()\n"
           "assert(not ex:write 'early')\n"
           "assert(ex:start(401, {['retry-after'] = '7'}))\n"
           "assert(ex:write '{\"error\":{\"code\":\"invalid_api_key\",\"message\":\"No.\"}}')\n"
           "assert(ex:finish())\n"
           "local _, failure = wait(stream.pop, stream)\n"
           "local cut <close>, dropped = ask()\n"
           "assert(dropped:start(200) and dropped:write 'data: {}\\n\\n')\n"
           "dropped:close()\n"
           "local _, lost = wait(cut.pop, cut)\n"
           "assert(not pcall(chat.start, {url = 'http://127.0.0.1/', body = '', headers = {1}}))\n"
           "assert(not pcall(chat.start, {url = 'http://127.0.0.1/', body = '', headers = {{}}}))\n"
           "return failure.code .. ' ' .. failure.retry_after .. ' ' .. lost.transport\n";

static void test_failures(void **state)
{
    (void)state;
    budget_grows(&(struct budget_script){
        .modules = modules,
        .code = refused,
        .result = "invalid_api_key 7.0 truncated",
    });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
