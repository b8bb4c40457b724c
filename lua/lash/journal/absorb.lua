--- Takes the spooled journals of scripts into the store; see journal/spool.lua.
--
-- One of a process that is still at work is read, too, and stays; so it may come
-- again, and everything here can be done twice. What is wrong with one does not
-- concern the others.
local errors = require "lash.errors"
local json = require "lash.core.json"
local place = require "lash.core.place"
local runs = require "lash.store.runs"
local spool = require "lash.journal.spool"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local LARGEST = 256 << 20 -- bytes of one; a call of a model takes about 500

--- Takes what is in a file, inside of a transaction. A last line that was not
--- finished is none, nor is one that is no JSON: the disk of a machine that lost its
--- power may have left anything there.
---@param text string
---@param id string  of the run
local function take(text, id)
  local number, ended
  for line in text:gmatch "([^\n]*)\n" do
    local record = json.decode(line)
    if type(record) ~= "table" then
      record = {} -- nothing to take
    elseif record.run then
      if record.run.id ~= id then error("it is of another run", 0) end
      number, ended = runs.take(record.run)
    elseif not number then
      error("it does not say of which run it is", 0)
    end
    if record.entry then
      runs.take_entry(number, record.entry)
    elseif record.finish and not ended then
      runs.finish(number, record.finish)
    end
  end
  if not number and text:find("\n", 1, true) then error("there is nothing of a run in it", 0) end
end

--- What is no journal must not be read again and again.
local function set_aside(path, why)
  local moved = os.rename(path, path .. ".bad")
  require("lash.log").warn(("%s is no journal of a run: %s%s"):format(path, why,
    moved and "; it is kept as " .. path:match "[^/]*$" .. ".bad" or ""))
end

---@param path string
---@param id string  of the run
local function absorb(path, id)
  local lock <close> = store.lock("run/" .. id)
  local text, message, code = sys.read_file(path, LARGEST)
  if not text then
    if code ~= "missing" and lock then set_aside(path, message) end -- missing: another process took it
    return
  end
  local ok, err = pcall(store.transaction, "write", nil, take, text, id)
  if not ok and errors.is(err) and err.kind ~= "internal" then error(err, 0) end -- the store's, not the file's
  if not lock then return end
  if ok then os.remove(path) else set_aside(path, errors.is(err) and err.message or errors.text(err)) end
end

--- Takes all of them.
---@param but? string  the id of a run that is left out
function M.all(but)
  local folder = sys.realpath(spool.folder())
  if not folder then return end
  local entries, message = place.list(folder)
  if not entries then return require("lash.log").warn(tostring(message)) end
  local names = {}
  for name in pairs(entries) do
    local id = name:match "^(%w+)%.ndjson$"
    if id and id ~= but then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do absorb(folder .. "/" .. name, name:match "^%w+") end
end

return M
