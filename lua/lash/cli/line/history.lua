--- What was typed in earlier times: a file of the state folder, 0600, a line of JSON
-- for each text, with the project's folder where it was typed. Secrets are not in it.
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"

local M = {}

local PRIVATE_FILE, PRIVATE_FOLDER, OTHERS = 384, 448, 63 -- 0600, 0700, 0077
local LARGEST = 4 << 20 -- bytes that are read
local FULL, KEPT = 1 << 20, 1 << 19 -- bytes: then the older half goes
local LONGEST = 1 << 16 -- bytes of a text that is worth keeping

---@class lash.cli.History
---@field texts string[]  the oldest first: of other projects, then of this one
---@field here integer  how many of them are of this project
---@field private path? string
---@field private folder string
local History = {}
History.__index = History

--- Its newer half, in whole lines.
local function newer(text) return text:sub(-KEPT):match "\n(.*)$" or "" end

--- The content of the file, for nobody else to read from now on.
local function read(path)
  local stat = sys.stat(path)
  if not stat or stat.type ~= "file" then return "" end
  local text = sys.read_file(path, LARGEST) or ""
  local full = #text > FULL
  if full then text = newer(text) end
  if full or stat.mode & OTHERS ~= 0 then sys.write_atomic(path, text, PRIVATE_FILE) end
  return text
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
  sys.append(self.path, line .. "\n", PRIVATE_FILE)
end

return M
