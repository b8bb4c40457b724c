/* test_bind_interrupt.c - lash.core.interrupt and our pcall, error and
 * coroutines on a growing budget of allocations. */
#include "budget.h"

#include <sys/wait.h>
#include <unistd.h>

#include "bind/interrupt.h"

int luaopen_lash_core_interrupt(lua_State *L);

static const luaL_Reg modules[] = {
    {"lash.core.interrupt", luaopen_lash_core_interrupt},
    {NULL, NULL},
};

/* An error of a full memory is caught by the calls under test too. */
static const char calm[] =
    "local interrupt = ...\n"
    "local seen = {}\n"
    "local function see(...) seen[#seen + 1] = table.concat({...}, ' ') end\n"
    "local exit = interrupt.install{SIGINT = {}}\n"
    "see(select(2, pcall(error, 'a', 0)))\n"
    "see(select(2, xpcall(error, function(m) return m .. '!' end, 'b', 0)))\n"
    "see(select(2, coroutine.resume(coroutine.create(function(x) return coroutine.yield(x) end), "
    "'c')))\n"
    "for word in coroutine.wrap(function() coroutine.yield 'd' coroutine.yield 'e' end) do "
    "see(word) end\n"
    "local thrown = {}\n"
    "assert(select(2, pcall(coroutine.wrap(function() error(thrown) end))) == thrown)\n"
    "assert(interrupt.caught()[thrown] and not interrupt.caught())\n"
    "local co = coroutine.create(function() local c <close> = setmetatable({}, {__close = "
    "function() see 'f' end}) coroutine.yield() end)\n"
    "assert(coroutine.resume(co) and coroutine.close(co))\n"
    "local leave = coroutine.create(function() pcall(error, setmetatable({}, exit)) end)\n"
    "local ok, left = interrupt.resume_task(leave)\n"
    "assert(not ok and getmetatable(left) == exit)\n"
    "see(interrupt.shielded(string.upper, 'g'))\n"
    "local late = {}\n"
    "interrupt.on_alarm(function(source) assert(source:find 'interrupt') return late end)\n"
    "local busy = coroutine.create(function()\n"
    "  pcall(function() interrupt.alarm(0.001) while true do end end)\n"
    "  interrupt.insist(late, true)\n"
    "  interrupt.alarm(0.001)\n"
    "  while true do xpcall(function() while true do end end, print) end\n"
    "end)\n"
    "local ended, why = coroutine.resume(busy)\n"
    "interrupt.alarm(0)\n"
    "assert(not ended and why == late)\n"
    "interrupt.insist(late, false)\n"
    "interrupt.deadline(0)\n"
    "assert(not interrupt.pending() and not interrupt.raised())\n"
    "assert(not interrupt.relentless())\n"
    "return table.concat(seen)\n";

static void test_calls(void **state)
{
    (void)state;
    budget_grows(&(struct budget_script){
        .modules = modules,
        .open = lash_interrupt_open,
        .code = calm,
        .result = "ab!cdefG",
    });
}

static const char interrupted[] =
    "local interrupt = ...\n"
    "local stop = {}\n"
    "interrupt.install{deadline = stop}\n"
    "local co = coroutine.create(function()\n"
    "  local ok, err = pcall(function() interrupt.deadline(0.001) while true do end end)\n"
    "  error(err, 0)\n"
    "end)\n"
    "local ok, err = coroutine.resume(co)\n"
    "assert(not ok and err == stop and interrupt.pending() == stop and interrupt.raised())\n"
    "return 'stopped'\n";

/* An interrupt stands for the rest of a process, so each budget takes one of its own. */
static bool child_lasts(long allocations)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct budget_script script = {
            .modules = modules,
            .open = lash_interrupt_open,
            .code = interrupted,
            .result = "stopped",
        };
        _exit(budget_lasts(&script, allocations) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status)); /* no crash */
    return WEXITSTATUS(status) == 0;
}

static void test_interrupt(void **state)
{
    (void)state;
    assert_true(child_lasts(1000000));
    long n = 0;
    while (!child_lasts(n))
        n++;
    assert_true(n > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
