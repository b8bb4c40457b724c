/* test_bind_http.c - lash.core.http on a growing budget of allocations: plain
 * requests over real HTTP, both ends in one script. */
#include "budget.h"

int luaopen_lash_core_http(lua_State *L);
int luaopen_lash_core_loop(lua_State *L);
int luaopen_lash_core_serve(lua_State *L);

static const luaL_Reg modules[] = {
    {"lash.core.http", luaopen_lash_core_http},
    {"lash.core.loop", luaopen_lash_core_loop},
    {"lash.core.serve", luaopen_lash_core_serve},
    {NULL, NULL},
};

static const char code[] =
    "local http, loop, serve = ...\n"
    "local server <close> = assert(serve.start(0))\n"
    "local function wait(f, object)\n"
    "  for _ = 1, 1000 do\n"
    "    local a, b = f(object)\n"
    "    if a then return a, b end\n"
    "    loop.poll(1, {})\n"
    "  end\n"
    "  error 'nothing happens'\n"
    "end\n"
    "local function send(fields)\n"
    "  fields.url = ('http://127.0.0.1:%d/a?b'):format(server:port())\n"
    "  fields.deadline = 60\n"
    "  return assert(http.start(fields))\n"
    "end\n"
    "local put = send{method = 'PUT', body = 'in', headers = {'X-One: 1'}, record = true}\n"
    "local ex = wait(server.accept, server)\n"
    "assert(ex:method() == 'PUT' and ex:body() == 'in' and ex:header 'x-one' == '1')\n"
    "assert(ex:start(201, {['x-two'] = '2'}) and ex:write 'out' and ex:finish())\n"
    "local kind, response = wait(put.pop, put)\n"
    "assert(kind == 'done' and response.status == 201 and response.body == 'out')\n"
    "assert(response.address == '127.0.0.1' and response.timings.total > 0)\n"
    "assert(not put:pop())\n"
    "local two\n"
    "for _, h in ipairs(response.headers) do if h[1] == 'x-two' then two = h[2] end end\n"
    "assert(put:tap().pieces[1][2] == 'out')\n"
    "put:close()\n"
    "assert(tostring(put) == 'lash.http.request (closed)')\n"
    "local denied <close> = send{addresses = 'public'}\n"
    "assert(denied:tap() == nil)\n"
    "local _, failure = wait(denied.pop, denied)\n"
    "assert(not pcall(send, {headers = {1}}) and not pcall(send, {headers = {{}}}))\n"
    "assert(not pcall(send, {max_bytes = 0}) and not pcall(send, {addresses = 'mine'}))\n"
    "local _, _, usage = http.start{url = 'x:', file = '/tmp/lash-never'}\n"
    "assert(select(3, http.start{url = 'http://h/', file = '/nonexistent/x'}) == 'missing')\n"
    "local file <close> = send{file = '/tmp/lash-never'}\n"
    "assert(http.library():find '^libcurl')\n"
    "return two .. failure.transport .. usage\n";

static void test_requests(void **state)
{
    (void)state;
    budget_grows(
        &(struct budget_script){.modules = modules, .code = code, .result = "2deniedusage"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_requests)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
