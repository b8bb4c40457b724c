--- The journal of a script that is no workflow: lines of JSON in a file of its own,
-- so that a question costs no database. `lash runs`, and whatever sums up, takes the
-- files into the store (journal/absorb.lua).
--
-- A line is one write, and there for others when it is made: it survives the end of
-- the process, in whatever way. Nothing is decided by it, so it is not waited for
-- until it is on the disk.
local entry = require "lash.journal.entry"
local json = require "lash.core.json"
local place = require "lash.core.place"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

--- So many files, and the run that finds them takes all of them into the store: those
--- that nobody looks at must not pile up. One run in so many looks.
local SWEEP, LOOKS = 32, 8

--- To make a file can cost ten times what it costs to rename one (ext4 searches for an
--- inode that was not removed lately). So files that were taken into the store stay,
--- empty, for the runs to come: so many, of which a run tries a few.
local SPARE, TRIES = 64, 4
M.SPARE = SPARE

local PRIVATE_FILE, PRIVATE_FOLDER = 384, 448 -- 0600, 0700

---@class lash.journal.Spool: lash.Journal
---@field private path? string  nil: no more of it can be written
---@field private attempts table<string, integer>
---@field private luck integer  a number that is another one in every run
---@field private lacks_spares? boolean  there was none where it looked, nor is this the first run of all
local Spool = {}
Spool.__index = Spool

M.LARGEST = 256 << 20 -- bytes of one; a call of a model takes about 500

--- Where the files are.
---@return string
function M.folder() return store.folder() .. "/spool" end

--- Where the journal of a run is.
---@param id string
---@return string
function M.path_of(id) return ("%s/%s.ndjson"):format(M.folder(), id) end

--- What spare files are named.
---@param n integer  0 to SPARE - 1
---@return string
function M.spare_name(n) return (".spare-%d"):format(n) end

---@param n integer  0 to SPARE - 1
---@return string? path  where there is a file of that name, or something else
---@return boolean? usable  as a journal: empty, and nobody else can read it
local function spare_file(folder, n)
  local path = ("%s/%s"):format(folder, M.spare_name(n))
  local stat = sys.stat(path)
  if not stat then return nil end
  return path, stat.type == "file" and stat.size == 0 and stat.mode == PRIVATE_FILE and stat.uid == sys.euid()
end

--- Takes a spare file, if there is one where it looks.
---@param folder string
---@param path string  what it becomes
---@param luck integer
---@return boolean taken
---@return boolean any  there was something by such a name
local function reuse(folder, path, luck)
  local any = false
  for i = 0, TRIES - 1 do
    local spare, usable = spare_file(folder, (luck + i * SPARE // TRIES) % SPARE)
    any = any or spare ~= nil
    if usable and os.rename(spare, path) then return true, true end
  end
  return false, any
end

--- Makes spare files, so many that whoever looks finds one: in a folder that has none,
--- before the first files are taken into the store.
local function make_spares(folder)
  for name in pairs(place.list(folder) or {}) do
    if name:find "^%.spare" then return end
  end
  for n = 0, SPARE // 2 - 1 do
    local path = ("%s/%s"):format(folder, M.spare_name(n))
    if not sys.append(path, "", PRIVATE_FILE) then -- nor is anybody else to find the disk full
      for m = 0, n do os.remove(("%s/%s"):format(folder, M.spare_name(m))) end
      return
    end
    if not select(2, spare_file(folder, n)) then return end -- another one would be of no use, either
  end
end

---@param row lash.store.Run
---@return lash.journal.Spool?
---@return string? message
function M.new(row)
  local folder = M.folder()
  local there = sys.stat(folder)
  if not there or there.type ~= "directory" then
    local made, why = sys.mkdir_p(folder, PRIVATE_FOLDER)
    if not made then return nil, why end
  end
  local self = setmetatable({ id = row.id, name = row.name, replays = false, attempts = {}, spent = 0, reserved = 0,
    path = M.path_of(row.id) }, Spool)
  row.started, row.pid = sys.wall(), sys.pid()
  local path = self.path
  self.luck = row.id:byte(-1) * 32 + row.id:byte(-2) -- the end of an id is random
  local taken, any = reuse(folder, path, self.luck)
  self.lacks_spares = there ~= nil and not taken and not any
  local ok, message = self:_write("run", row)
  if ok then return self end
  os.remove(path)
  return nil, message
end

--- Goes on with the file of a run that another process has begun, and will end.
---@param id string
---@param name string
---@param spent number  US dollars, so far
---@return lash.journal.Spool
function M.join(id, name, spent)
  return setmetatable({ id = id, name = name, replays = false, joined = true, attempts = {}, spent = spent,
    reserved = 0, path = M.path_of(id) }, Spool)
end

--- That a run cannot be recorded to its end is said once.
function Spool:_write(what, record)
  if not self.path then return nil end
  local ok, message = sys.append(self.path, json.encode { [what] = record } .. "\n", PRIVATE_FILE)
  if ok then return true end
  self.path = nil
  if what ~= "run" then require("lash.log").warn("this run is not recorded any further: " .. message) end
  return nil, message
end

function Spool:begin(e)
  entry.begin(self, e)
  self:_write("entry", e)
  return e
end

function Spool:settle(e, outcome)
  entry.settle(self, e, outcome)
  if e.state == "done" then self.attempts[e.key] = nil end -- there is none after it
  self.spent = self.spent + (e.kind == "model" and e.usd or 0)
  self:_write("entry", e)
end

---@param how lash.journal.End
---@return boolean sweep  is it this one's turn to take all files into the store?
function Spool:finish(how)
  if self.joined then return false end
  how.ended = sys.wall()
  self:_write("finish", how)
  self.path = nil
  if self.lacks_spares then make_spares(M.folder()) end
  if self.luck % LOOKS > 0 then return false end
  local n = 0
  for name in pairs(place.list(M.folder()) or {}) do
    if name:find "%.ndjson$" then n = n + 1 end
  end
  return n >= SWEEP
end

return M
