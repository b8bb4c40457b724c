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

local ENOENT = 2
local NO_MEMORY = "not enough memory" -- as Lua has it

--- How far the file of a run that is still at work was read, and what run it is.
local read_before = {} ---@type table<string, { offset: integer, number: integer }>

--- Raised to take back what was read of a file; `why`: it cannot be read, else it is not there.
local Withdrawn = {}

local function withdraw(why) error(setmetatable({ why = why }, Withdrawn), 0) end

--- Takes what is new in a file, inside of a transaction: so what is read later is
--- also written later, whoever else is at it. A last line that was not finished is
--- none, nor is one that is no JSON: the disk of a machine that lost its power may
--- have left anything there.
---@param path string
---@param id string  of the run
---@return { offset: integer, number: integer } read
local function take(path, id)
  local file <close>, message, reason = io.open(path, "rb")
  if not file then withdraw(reason ~= ENOENT and "cannot read " .. message or nil) end
  local before = read_before[path] or { offset = 0 }
  file:seek("set", before.offset)
  local number, ended, offset = before.number, nil, before.offset
  local line, why = file:read "L"
  while line and line:sub(-1) == "\n" do
    offset = offset + #line
    local record, problem, code = json.decode(line)
    if code == "nomem" then errors.raise("store", ("cannot read %s: %s"):format(path, problem)) end
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
    line, why = file:read "L"
  end
  if why then withdraw(("cannot read %s: %s"):format(path, why)) end
  -- Under another name it may be another run's by now. A name never comes back.
  local there, unseen, code = sys.stat(path)
  if not there then withdraw(code ~= "missing" and unseen or nil) end
  if not number and offset > before.offset then error("there is nothing of a run in it", 0) end
  return { offset = offset, number = number }
end

--- What is no journal must not be read again and again.
local function set_aside(path, why)
  local moved = os.rename(path, path .. ".bad")
  require("lash.log").warn(("%s is no journal of a run: %s%s"):format(path, why,
    moved and "; it is kept as " .. path:match "[^/]*$" .. ".bad" or ""))
end

--- The names of spare files that could be in a folder, and are not.
---@param entries table<string, string>
---@return string[]
local function missing_spares(entries)
  local names = {}
  for n = 0, spool.SPARE - 1 do
    local name = spool.spare_name(n)
    if not entries[name] then names[#names + 1] = name end
  end
  return names
end

--- Keeps a file that is not needed any more, empty; removes it where that cannot be. Whoever
--- calls has the lock of its run: nobody else writes it, or gives it another name.
---@param path string
---@param spare? string  its new name
local function recycle(path, spare)
  local file = spare and io.open(path, "w")
  local ok = file and file:close() and os.rename(path, path:match("^.*/") .. spare)
  if not ok then os.remove(path) end
end

---@param path string
---@param id string  of the run
---@param spares string[]  names that a file which is not needed any more may have
local function absorb(path, id, spares)
  local lock <close> = store.lock("run/" .. id)
  local stat, message, code = sys.stat(path)
  if not stat then
    if code ~= "missing" then require("lash.log").warn(message) end
    return
  end
  local before = read_before[path]
  if not lock and before and stat.size == before.offset then return end -- nothing new
  if stat.type ~= "file" or stat.size > spool.LARGEST then
    if lock then set_aside(path, "it is no file, or larger than " .. spool.LARGEST .. " bytes") end
    return
  end
  local ok, read = pcall(store.transaction, "write", nil, take, path, id)
  if getmetatable(read) == Withdrawn then
    if read.why then require("lash.log").warn("a run is left out: " .. read.why) end
    return
  end
  if not ok and (read == NO_MEMORY or errors.is(read) and read.kind ~= "internal") then
    error(read, 0) -- it is not the file's
  end
  read_before[path] = not lock and ok and read and read.number and read or nil
  if not lock then return end
  if not ok then
    set_aside(path, errors.is(read) and read.message or errors.text(read))
  elseif read then
    recycle(path, table.remove(spares))
  end
end

--- Takes all of them.
---@param but? string  the id of a run that is left out
function M.all(but)
  collectgarbage "restart" -- what comes may be much; stopped while the program starts: see host.c
  local folder, message, code = sys.realpath(spool.folder())
  if not folder and code == "missing" then return end
  local entries
  if folder then entries, message = place.list(folder) end
  if not entries then return require("lash.log").warn(tostring(message)) end
  local names = {}
  for name in pairs(entries) do
    local id = name:match "^(%w+)%.ndjson$"
    if id and id ~= but then names[#names + 1] = name end
  end
  table.sort(names)
  local spares = missing_spares(entries)
  for _, name in ipairs(names) do
    absorb(folder .. "/" .. name, name:match "^%w+", entries[name] == "file" and spares or {})
  end
end

return M
