--- What a confined command of the tool `shell` costs more than a bare spawn, in
--- working folders of several sizes with a `.env`.
--
-- usage:   build/release/lash --lua spec/bench/confine.lua
-- output:
--   confined, 0 files: 3.4 ms, bare 0.6 ms: 2.8 ms more (goal: 6), 5.7 times; the first time 8.1 ms more
--   confined, 20000 files: 3.9 ms, bare 0.6 ms: 3.3 ms more (goal: 6), 6.5 times; the first time 15.3 ms more
local guard = require "lash.guard"
local sched = require "lash.sched"
local sys = require "lash.core.sys"
local tool = require "lash.tool"

local root = assert(sys.realpath(arg[0])):match "^(.*)/spec/bench/"
package.path = root .. "/?.lua;" .. package.path
local clock = require "spec.support.clock"
local folder = require "spec.support.folder"

local TIMES = 101
local A_FOLDER = 100 -- files

--- Runs a line of sh in the working folder, as a model and as anybody would.
local function measure(label)
  sched.run(function()
    local g <close> = guard.new({ policy = { exec = "allow" } }, { denied = {} })
    local shell = tool.from "shell"
    local taken = clock.milliseconds(TIMES, {
      function() assert(os.execute "true; true") end,
      function()
        local ok, text = shell:call({ command = "true; true" }, { name = "shell", attempt = 1, guard = g })
        assert(ok, text)
      end,
    })
    local bare, confined = taken[1].median, taken[2].median
    print(("confined, %s files: %.1f ms, bare %.1f ms: %.1f ms more (goal: 6), %.1f times; the first time %.1f ms more")
      :format(label, confined, bare, confined - bare, confined / bare, taken[2].first - bare))
  end)
end

--- Makes so many empty files, some in each folder, and one that is to be hidden.
local function fill(dir, files)
  dir:write(".env", "SECRET=1\n")
  for i = 1, files do
    local path = ("%s/%d"):format(dir.path, i // A_FOLDER)
    if i % A_FOLDER == 0 or i == 1 then assert(sys.mkdir_p(path, 448)) end -- 0700
    assert(io.open(("%s/module_%d.lua"):format(path, i), "w")):close()
  end
end

-- The tool works where its lash does: a lash for each folder.
if arg[1] then
  measure(arg[1])
else
  for _, files in ipairs { 0, 2000, 20000 } do
    local dir <close> = folder.new()
    fill(dir, files)
    assert(os.execute(("cd '%s' && exec '%s' --lua '%s/spec/bench/confine.lua' %d"):format(dir.path,
      sys.realpath "/proc/self/exe", root, files)))
  end
end
