--- The fakes and tapes that are open, the last one first: where model calls go.
--
-- What a test opens is closed at its end, what a `setup` opens at the end of its file;
-- `lash test` says when these are (cli/test/hooks.lua).
local trial = require "lash.trial"

local M = {}

---@class lash.test.Open
---@field thing table  with close(), _rewind() and, perhaps, _problems()
---@field service string  origin of its server
---@field site? string  where it answers other requests

local stack = {} ---@type lash.test.Open[]
local closed = {} ---@type table[]  things that were closed, and not judged yet

--- Has the last one that is open answer; without any, nobody.
local function lead()
  local last = stack[#stack]
  trial.lead(last and last.service, last and last.site, os.getenv "LASH_NETWORK")
end

---@param thing table
---@param service string
---@param site? string
function M.add(thing, service, site)
  stack[#stack + 1] = { thing = thing, service = service, site = site }
  lead()
end

--- Was it open?
---@param thing table
---@return boolean
function M.remove(thing)
  for i, entry in ipairs(stack) do
    if entry.thing == thing then
      table.remove(stack, i)
      closed[#closed + 1] = thing
      lead()
      return true
    end
  end
  return false
end

--- How many are open.
---@return integer
function M.count() return #stack end

--- What speaks against a test: of those that were opened after `count`, and of those
--- that were closed.
---@param count integer
---@param failed boolean  it has failed otherwise: what was not asked then says nothing
---@return string?
function M.problems(count, failed)
  local list = {}
  local function judge(thing)
    local told = thing._problems and thing:_problems(failed)
    if told then list[#list + 1] = told end
  end
  for _, thing in ipairs(closed) do judge(thing) end
  for i = count + 1, #stack do judge(stack[i].thing) end
  return #list > 0 and table.concat(list, "\n") or nil
end

--- Closes those that were opened after `count`, and forgets what they had to say.
---@param count integer
function M.close(count)
  while #stack > count do
    local thing = stack[#stack].thing
    M.remove(thing)
    thing:close()
  end
  closed = {}
end

--- All of them begin anew.
function M.rewind()
  for _, entry in ipairs(stack) do entry.thing:_rewind() end
end

return M
