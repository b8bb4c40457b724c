--- What a flow leaves in the state of lash: the rows of the database, and the
-- journals beside it, without what differs from run to run. A run that says that all
-- is well, and warns of nothing, must leave what a run without faults leaves.
local core = require "lash.core.store"
local json = require "lash.core.json"
local lash = require "lash"

local M = {}

M.STATE = ".local/state/lash/"

local QUERIES = {
  "SELECT place, prompt, undone, body, cost FROM messages ORDER BY session, place",
  "SELECT kind, name, state, starts, exit, error FROM runs ORDER BY number",
  "SELECT key, attempt, kind, state, input, result, error, tokens, usd FROM entries ORDER BY run, key, attempt",
}

--- Of a line of a journal: who, when and where.
local VARIES = { "id", "pid", "started", "begun", "ended", "agent", "folder", "script" }

local REQUEST_ID = ("%x"):rep(8) .. "%-%x+%-%x+%-%x+%-%x+"

local function add_journal(list, path)
  for line in (lash.fs.read(path)):gmatch "[^\n]+" do
    local record = json.decode(line)
    if type(record) ~= "table" then return end
    local what, fields = next(record)
    for _, name in ipairs(VARIES) do fields[name] = nil end
    list[#list + 1] = json.encode { [what] = fields }
  end
end

--- What is wrong with the database, or nil; what it and the journals hold, as text.
---@param home string
---@return string? damage
---@return string kept
function M.read(home)
  local list, path = {}, home .. "/" .. M.STATE .. "lash.db"
  local stat = lash.fs.exists(path) and lash.fs.stat(path)
  if stat and stat.size > 0 then
    local store, message = core.open(path)
    if not store then return "the database cannot be opened: " .. message, "" end
    local rows, why = store:query "PRAGMA integrity_check"
    local ok = rows and rows[1].integrity_check == "ok"
    for _, query in ipairs(ok and QUERIES or {}) do
      for _, row in ipairs(store:query(query)) do list[#list + 1] = json.encode(row) end
    end
    store:close()
    if not ok then return "the database is damaged: " .. (why or json.encode(rows)), "" end
  end
  local spool = home .. "/" .. M.STATE .. "spool"
  if lash.fs.exists(spool) then
    for _, name in ipairs(lash.fs.list(spool)) do add_journal(list, spool .. "/" .. name) end
  end
  table.sort(list) -- what happens at once has no order
  return nil, table.concat(list, "\n"):gsub(REQUEST_ID, "…") .. "\n"
end

--- More than there would be, and true: a call that failed, and was made again; a journal
-- that the store has already, and that stays for the next time.
local function is_more(line)
  return line:find('"attempt":', 1, true) and not line:find('"state":"done"', 1, true)
    or line:find '^{"entry":' or line:find '^{"finish":' or line:find '^{"run":'
end

--- A line without what may be different: how often something was tried; what is told of
-- a script that could not be looked at a second time.
local function bare(line)
  return (line:gsub('"attempt":%d+,', ""):gsub('"hash":"%x+",', ""):gsub('"name":"%.%./', '"name":"'))
end

--- An answer that was cut behind its last word, before its usage was told.
local function without_usage(line)
  return (bare(line):gsub('"tokens":%d+,', ""):gsub('"usage":"{.-}",', ""):gsub('"usd":[%d.e-]+', ""))
end

--- The lines of one that the other lacks.
local function lacking(lines, other, mark, may_be_more)
  local list, left = {}, {}
  local function count(key, by) left[key] = (left[key] or 0) + by end
  for line in other:gmatch "[^\n]+" do
    count(bare(line), 1)
    if line:find('"usage":"{}"', 1, true) then count(without_usage(line), 1) end
  end
  for line in lines:gmatch "[^\n]+" do
    local key = (left[bare(line)] or 0) > 0 and bare(line) or without_usage(line)
    if (left[key] or 0) > 0 then
      count(key, -1)
    elseif not may_be_more or not is_more(line) then
      list[#list + 1] = ("    %s%s\n"):format(mark, line)
    end
  end
  return table.concat(list)
end

--- How what a run kept differs from what it should have, as lines; "" when it does not.
---@param kept string
---@param wanted string
---@return string
function M.difference(kept, wanted)
  if kept == wanted then return "" end
  local missing = lacking(wanted, kept, "-")
  return missing .. lacking(kept, wanted, "+", missing == "")
end

return M
