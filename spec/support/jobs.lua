--- Jobs as the system's scheduler starts them: again and again, in a folder of their
--- own. Each is due at a time of its own in the past, so no spec waits for a clock.
local json = require "lash.core.json"
local processes = require "spec.support.processes"
local restarts = require "spec.support.restarts"
local sched = require "lash.sched"

local M = {}

--- A body that does not come to its end before the file "go" is there.
M.HANGS = [[
  did("began " .. job.due)
  while not lash.fs.exists "go" do lash.sleep(0.01) end
]]

--- A script whose job is due once, at noon of a day of 2020, in UTC.
---@param day integer
---@param settings string  of lash.job
---@param body? string  of `run`
---@return string
function M.script(day, settings, body)
  return ([[
    local function did(what) lash.fs.append(lash.dir .. "/did", what .. "\n") end
    return lash.job { name = "j", schedule = "2020-01-%02d 12:00", tz = "UTC", %s %s }]]):format(day, settings,
    body and ("run = function(job)\n%s\nend"):format(body) or "")
end

local Project = {}

--- Makes the job due anew.
function Project:due(day, settings, body)
  self:write("script.lua", 'local lash = require "lash"\n' .. M.script(day, settings, body))
end

--- One tick.
function Project:tick(env) return self:lash({ "job", "run", "script.lua" }, env) end

--- Begins a tick whose body hangs, and waits until that has begun; its task.
---@param n? integer  how many have then
---@param word? string  that tells so
function Project:begin(n, word)
  local tick = sched.spawn(self.tick, self)
  processes.await(function() return select(2, self:read("did"):gsub(word or "began", "")) >= (n or 1) end)
  return tick
end

--- Its history, the first line first.
---@return table[]
function Project:history()
  local listed = self:lash { "runs", "j", "--json" }
  local list = {}
  for line in listed.out:gmatch "[^\n]+" do table.insert(list, 1, json.decode(line)) end
  return list
end

--- What is remembered of it.
function Project:state() return json.decode(self:read ".local/state/lash/jobs/j.json") end

--- A test with a project whose script is a job with these settings, due on January 1.
---@param settings string
---@param body string?
---@param f async fun(p: spec.Restarts)
---@param replies? table
function M.test(settings, body, f, replies)
  return restarts.test(M.script(1, settings, body), function(p)
    for name, method in pairs(Project) do p[name] = method end
    f(p)
  end, replies)
end

return M
