#!/bin/sh
# memcheck.sh - the main commands under valgrind, against `lash fake`: no access to
# what is not there, no jump on what was never set. A minute; run in the sources'
# folder. What is not freed is for the sanitizers: a release build frees nothing at
# its end. No commands: lash starts them through /proc/self/exe, which is valgrind.
#
# usage: sh spec/bench/memcheck.sh [PROGRAM]      default: build/release/lash
lash=$(realpath "${1:-build/release/lash}") || exit 1
home=$(mktemp -d) || exit 1
cd "$home" || exit 1
export LASH_NO_POOL=1
env -i PATH="$PATH" HOME="$home" "$lash" fake --port 0 >fake.env 2>/dev/null &
server=$!
trap 'kill $server; rm -rf "$home"' EXIT
until grep -q KEY fake.env; do sleep 0.05; done
# shellcheck source=/dev/null
. ./fake.env

cat >tool.lua <<'END'
local lash = require "lash"
local double = lash.tool { name = "double", about = "Doubles.", params = "n: integer", run = function(n) return 2 * n end }
print(lash.ask("call double", { tools = { double } }))
print(#lash.map({ 1, 2, 3 }, function(i) return lash.ask("Say " .. i) end))
END
cat >workflow.lua <<'END'
local lash = require "lash"
return lash.workflow { name = "w", run = function(w)
  return w:step("ask", function() return lash.ask "Hello" end)
end }
END
cat >job.lua <<'END'
local lash = require "lash"
return lash.job { name = "j", schedule = "* * * * *", when = function() return false end, run = function() end }
END

failed=0
check() {
    if env -i PATH="$PATH" HOME="$home" DASHSCOPE_API_BASE="$DASHSCOPE_API_BASE" DASHSCOPE_API_KEY=sk-memcheck \
        valgrind -q --error-exitcode=99 --leak-check=no --log-file=valgrind.log "$lash" "$@" >out 2>&1; then
        echo "clean: lash $*"
    else
        echo "NOT clean: lash $*"
        cat valgrind.log out
        failed=1
    fi
}

check --version
check -e 'print(1)'
check ask Hello
check ask --json Hello
check ask -vv --session s Hello
check ask --session s Again
check tool.lua
check workflow.lua
check job run job.lua
check runs
check sessions
check check
check models
exit $failed
