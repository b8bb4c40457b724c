--- Runs within runs: agents among the tools of an agent, or asked by one of them.
local errors = require "lash.errors"
local money = require "lash.money"

local M = {}

local MAX_DEPTH = 5

--- What a run has used is used by the run around it too.
---@param outer lash.run.State
---@param state lash.run.State
local function add(outer, state)
  local run, part = outer.run, state.run
  money.add(run.usage, part.usage)
  if not state.priced then outer.priced = false end
  if not outer.priced then
    run.cost = nil
  elseif part.cost then
    run.cost = (run.cost or 0) + part.cost
  end
  for _, call in ipairs(part.tool_calls) do
    local copy = { run = part.id, agent = part.agent }
    for key, value in pairs(call) do copy[key] = value end
    table.insert(run.tool_calls, copy)
  end
  table.move(part.denied, 1, #part.denied, #run.denied + 1, run.denied)
end

local part = { __close = function(self) add(self.state.outer, self.state) end }

--- Makes a run a part of the run whose tool is at work, until what is returned is
-- closed.
---@param state lash.run.State  with `outer`
function M.join(state)
  state.depth = state.outer.depth + 1
  if state.depth > MAX_DEPTH then
    errors.raise("usage", ("agents within agents: %d deep is the limit"):format(MAX_DEPTH))
  end
  return setmetatable({ state = state }, part)
end

return M
