--- Runs cases: with what a system has.
local cases = require "suite.cases"
local lash = require "lash"
local runs = require "suite.runs"
local servers = require "suite.servers"
local trust = require "suite.trust"

local M = {}

---@class bench.Bench
---@field lash string
---@field programs string
---@field here string  spec/bench
---@field tmp string
---@field http string  addresses
---@field https? string
---@field counting string  programs
---@field bare string
---@field node? string
---@field trust? bench.Trust
---@field no_trust? string
---@field has fun(program: string): boolean
---@field run fun(...: string): string
local Bench = {}
Bench.__index = Bench

function Bench:__close()
  for _, server in ipairs(self.servers) do server:close() end
  self.folder:close()
end

--- Nothing of whoever runs this reaches a command. The key looks as keys do: masking
-- it is a part of what is measured.
local function environment(tmp)
  return { "env", "-i", "PATH=" .. os.getenv "PATH", "HOME=" .. tmp, "XDG_STATE_HOME=" .. tmp .. "/state",
    "DASHSCOPE_API_KEY=sk-" .. ("0123456789abcdef"):rep(2) }
end

--- Begins: the servers run, until it is closed.
---@param programs string  the folder of the benchmark's programs
---@return bench.Bench
function M.new(programs)
  programs = lash.sh { "realpath", programs }
  local folder = lash.fs.tmp()
  local tmp = tostring(folder)
  local b = setmetatable({ programs = programs, here = lash.dir, folder = folder, tmp = tmp,
    lash = lash.sh { "readlink", ("/proc/%d/exe"):format(require("lash.core.sys").pid()) },
    counting = programs .. "/count_client", bare = programs .. "/bare_client", environment = environment(tmp),
    measure = programs .. "/measure" }, Bench)
  function b.has(program) return lash.exec({ "sh", "-c", 'command -v "$0"', program }).code == 0 end
  function b.run(...)
    local words = table.move(b.environment, 1, #b.environment, 1, {})
    table.move({ ... }, 1, select("#", ...), #words + 1, words)
    words.max_output, words.cwd = 1 << 28, tmp
    local done = lash.exec(words)
    if done.code ~= 0 then lash.fail("process", done.err) end
    return done.out
  end
  b.servers = { servers.http(programs) }
  b.http = b.servers[1].url
  b.trust, b.no_trust = trust.new(tmp)
  if b.trust then
    b.servers[2] = servers.https(programs, b.trust)
    b.https = b.servers[2].url
  end
  local node = lash.dir .. "/../../build/openai/run"
  b.node = lash.fs.exists(node) and node or nil
  return b
end

--- The rounds of a case; nil, and why, where this system cannot. Commands that it does
--- not have are left out.
---@param case bench.Case
---@param rounds? integer
---@return bench.Round[]?
---@return string? why
function Bench:take(case, rounds)
  local commands, why = case.commands(self)
  if not commands then return nil, why end
  local there = {}
  for _, name in ipairs(commands) do
    if commands[name] then
      there[#there + 1], there[name] = name, commands[name]
    end
  end
  local words = table.move(self.environment, 1, #self.environment, 1, {})
  local inside = case.inside and case.inside(self) or {}
  table.move(inside, 1, #inside, #words + 1, words)
  words[#words + 1], words.cwd = self.measure, self.tmp
  return runs.take(words, rounds or case.rounds, there)
end

--- Can the goal be told of these rounds? A peer may be missing.
---@return boolean
function M.applies(goal, rounds) return (pcall(goal.under, rounds[1])) end

M.cases = cases

return M
