--- A call of a tool in the journal: in a workflow what has a result is not called again.
local frame = require "lash.frame"
local json = require "lash.core.json"
local money = require "lash.money"

-- Of workflows alone.
local function runs() return require "lash.store.runs" end
local function value() return require "lash.journal.value" end

--- What agents below a call have used is used by the run.
---@param agent lash.journal.Agent
---@param past lash.store.Entry
local function take_over(agent, past)
  local state, number, key = agent.state, agent.journal.number, past.key
  local run, totals = state.run, runs().totals(number, key)
  if past.loaded then require("lash.budget").charge(totals) end
  for _, usage in ipairs(runs().usages(number, key)) do money.add(run.usage, json.decode(usage)) end
  if totals.unpriced > 0 then state.priced, run.cost = false, nil end
  if state.priced and totals.calls > 0 then run.cost = (run.cost or 0) + totals.usd end
end

--- See journal/agent.lua.
---@async
---@param agent lash.journal.Agent
---@param key string
---@param id string  of the call
---@param tool lash.Tool
---@param carry_out async fun(key: string, attempt: integer): boolean, string
---@return boolean ok
---@return string content
---@return boolean? replayed
return function(agent, key, id, tool, carry_out)
  local journal, replays, run_id = agent.journal, agent.replays, agent.state.run.id
  local past = replays and journal:find(key)
  if past and past.state == "done" then
    local kept = value().read(journal:result(past))
    take_over(agent, past)
    return kept.ok, kept.content, true
  end
  local e = journal:begin({ key = key, kind = "tool", agent = run_id }, replays and not tool.readonly)
  local over = false
  local _failed <close> = setmetatable({}, { __close = function(_, err)
    if not over then journal:settle(e, { state = "failed", err = err or "stopped" }) end
  end })
  local _frame <close> = frame.open(key, replays)
  local of_call = replays and journal:name_of(key) or ("%s/%s"):format(run_id, id)
  local ok, content = carry_out(of_call, e.attempt)
  if replays then require("lash.journal.record").check_going() end
  local result = replays and value().text({ ok = ok, content = content }, key) or nil
  over = true
  journal:settle(e, { state = "done", result = result, err = not ok and content or nil }, replays)
  return ok, content
end
