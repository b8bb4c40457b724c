--- Takes the spooled journals of scripts into the store; see journal/spool.lua.
--
-- One of a process that is still at work is read, too, and stays; so it may come
-- again, and everything here can be done twice.
local json = require "lash.core.json"
local place = require "lash.core.place"
local runs = require "lash.store.runs"
local spool = require "lash.journal.spool"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 64 << 20 -- bytes of one; what is beyond is not taken

--- The records in a file; a last line that was not finished is none.
local function read(path)
  local text = sys.read_file(path, LARGEST)
  local records = {}
  for line in (text or ""):gmatch "([^\n]*)\n" do
    local record = json.decode(line)
    if type(record) == "table" then records[#records + 1] = record end
  end
  return records
end

---@param records table[]
local function take(records)
  local number, ended
  for _, record in ipairs(records) do
    if record.run then
      number, ended = runs.take(record.run)
    elseif number and record.entry then
      runs.take_entry(number, record.entry)
    elseif number and record.finish and not ended then
      runs.finish(number, record.finish)
    end
  end
end

---@param path string
---@param id string  of the run
local function absorb(path, id)
  local lock <close> = store.lock("run/" .. id)
  store.transaction("write", nil, take, read(path))
  if lock then os.remove(path) end
end

--- Takes all of them.
---@param but? string  the id of a run that is left out
function M.all(but)
  local folder = spool.folder()
  local names = place.list(folder)
  for name in pairs(names or {}) do
    local id = name:match "^(%w+)%.ndjson$"
    if id and id ~= but then absorb(folder .. "/" .. name, id) end
  end
end

return M
