--- Runs busted inside the program: lash --lua spec/run.lua FILE...
--
-- Debian's busted command starts Lua 5.1; its modules for 5.4 are in the
-- system's folders. LASH_GC_STRESS=1 repeats the specs with a collector that
-- never rests.
if os.getenv "LASH_GC_STRESS" then
  collectgarbage("incremental", 100, 1000, 4) -- no pause, the fastest, a step every 16 bytes
end
package.path = package.path .. ";/usr/share/lua/5.1/?.lua;/usr/share/lua/5.1/?/init.lua"
require "busted.runner" { standalone = false }
