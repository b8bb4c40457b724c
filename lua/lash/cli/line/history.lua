--- What was typed in earlier times: a file of the state folder, 0600, a line of JSON
-- for each text, with the project's folder where it was typed. Secrets are not in it.
local errors = require "lash.errors"
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local PRIVATE_FILE, PRIVATE_FOLDER, OTHERS = 384, 448, 63 -- 0600, 0700, 0077
local FULL, KEPT = 2 << 20, 1 << 20 -- bytes: of a longer file only the end is read, and kept
local LONGEST = 1 << 16 -- bytes of a text that is worth keeping

---@class lash.cli.History
---@field texts string[]  the oldest first: of other projects, then of this one
---@field here integer  how many of them are of this project
---@field private path? string
---@field private folder string
local History = {}
History.__index = History

--- What counts of the file, in whole lines; nil when it cannot be read.
local function content(path)
  local file <close> = io.open(path, "rb")
  local size = file and file:seek "end"
  if not size then return nil end
  if size <= FULL then
    file:seek "set"
    return file:read "a"
  end
  file:seek("set", size - KEPT)
  local text = file:read "a"
  return text and text:match "\n(.*)$"
end

--- Only who holds it replaces the file or adds to it: no line of another chat is lost.
-- nil: somebody has it for long, or there is no folder for locks.
local function lock()
  local ok, held = pcall(require("lash.lock").take, "history")
  if not ok and not (errors.is(held) and (held.kind == "store" or held.kind == "config")) then error(held, 0) end
  return ok and held or nil
end

--- The content of the file, for nobody else to read from now on.
local function read(path)
  local stat = sys.stat(path)
  if not stat or stat.type ~= "file" then return "" end
  if stat.size > FULL or stat.mode & OTHERS ~= 0 then
    local held <close> = lock()
    local text = held and content(path)
    if text then sys.write_atomic(path, text, PRIVATE_FILE) end
  end
  return content(path) or ""
end

--- The texts of a file that fit no more than once: the last time counts.
local function sorted(text, folder)
  local others, here, seen = {}, {}, {}
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  for i = #lines, 1, -1 do
    local entry = json.decode(lines[i])
    if type(entry) == "table" and type(entry.text) == "string" and not seen[entry.text] then
      seen[entry.text] = true
      table.insert(entry.folder == folder and here or others, entry.text)
    end
  end
  local texts = {}
  for i = #others, 1, -1 do texts[#texts + 1] = others[i] end
  for i = #here, 1, -1 do texts[#texts + 1] = here[i] end
  return texts, #here
end

--- The folder of the project: the nearest one with .git, else the current one.
local function project()
  local here = sys.cwd() or ""
  local folder = here
  while folder ~= "" do
    if sys.stat(folder .. "/.git") then return folder end
    folder = folder:match "^(.*)/[^/]*$" or ""
  end
  return here
end

---@param name string  of the file
---@return lash.cli.History
function M.open(name)
  local state = require("lash.xdg").state()
  local path = state and ("%s/%s"):format(state, name)
  local folder = project()
  local texts, here = sorted(path and read(path) or "", folder)
  return setmetatable({ path = path, folder = folder, texts = texts, here = here }, History)
end

--- Adds a text; that it cannot be kept is nobody's business now.
---@param text string
function History:add(text)
  text = secrets.redact(text)
  if self.texts[#self.texts] == text or #text > LONGEST then return end
  table.insert(self.texts, text)
  self.here = self.here + 1
  local line = json.encode { folder = self.folder, time = math.floor(sys.wall()), text = text }
  if not self.path or not line then return end
  sys.mkdir_p(self.path:match "^(.*)/", PRIVATE_FOLDER)
  local _held <close> = lock() -- without it, too: whoever has it for so long replaces nothing
  sys.append(self.path, line .. "\n", PRIVATE_FILE)
end

return M
