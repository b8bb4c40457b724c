--- lash runs import FILE: takes in a run that was exported; all of it, or nothing.
local archive = require "lash.cli.runs.archive"
local context = require "lash.context"
local errors = require "lash.errors"
local json = require "lash.core.json"
local output = require "lash.output"
local runs = require "lash.store.runs"
local store = require "lash.store"
local sys = require "lash.core.sys"
local types = require "lash.types"
local value = require "lash.journal.value"

local M = {}

M.options = {}

local LATEST = 253402300800 -- the end of the year 9999
local BELOW = { usd = math.huge, tokens = math.huge, begun = LATEST, ended = LATEST }
local LARGEST = 1 << 30 -- bytes of a file

local RUN = types.fields [[
  id: string, kind: 'script'|'ask'|'workflow', name: string, script?: string, words: string, folder?: string,
  hash?: string, identity?: string, state: 'running'|'waiting'|'failed'|'done'|'undone', started: number,
  touched: number, ended?: number, seconds: number, starts: integer, exit?: integer, error?: string, message?: string]]

local ENTRY = types.fields [[
  key: string, attempt: 1..1000000000, kind: 'step'|'agent'|'model'|'tool'|'sleep'|'question',
  state: 'begun'|'done'|'failed'|'lost'|'waiting'|'replaced', begun: number, ended?: number, input?: string,
  input_hash?: string, result?: string, error?: string, message?: string, agent?: string, model?: string,
  usage?: string, usd?: number, tokens?: integer, parts?: 1..1000000]]

---@class lash.cli.runs.Reader
---@field private path string
---@field private text string
---@field private at integer  where the next line begins
---@field private number integer  of the line
local Reader = {}
Reader.__index = Reader

function Reader:_fail(message, hint)
  errors.raise("schema", ("%s: line %d: %s"):format(self.path, self.number, message), { hint = hint })
end

--- The next line, as a table.
function Reader:_next()
  self.number = self.number + 1
  local stop = self.text:find("\n", self.at, true)
  if not stop then self:_fail "the file ends here, and is not whole" end
  local record, message = json.decode(self.text:sub(self.at, stop - 1))
  self.at = stop + 1
  if message then self:_fail((message:gsub("^line 1, ", "")), "a file that lash runs export has made") end
  if type(record) ~= "table" then self:_fail "expected an object" end
  return record
end

--- The fields of a record, as they are in the store.
function Reader:_fields(fields, t, what)
  if type(fields) ~= "table" then self:_fail(what .. ": expected an object") end
  local plain = {}
  for name, field in pairs(fields) do
    local message
    plain[name], message = archive.unwrap(field)
    if message then self:_fail(("%s.%s: %s"):format(what, name, message)) end
  end
  local checked, message = types.check(t, plain, what)
  if message then self:_fail(type(message) == "table" and message.message or message) end
  return checked
end

--- A text that is JSON of some kind.
function Reader:_check_json(text, what, fits)
  local decoded = json.decode(text)
  if not fits(decoded) then self:_fail(what .. ": not what lash writes") end
end

local function is_table(v) return type(v) == "table" end

local function are_counts(v)
  if not is_table(v) then return false end
  for _, n in pairs(v) do
    if math.type(n) ~= "integer" then return false end
  end
  return true
end

local function are_words(v)
  if not is_table(v) or not json.is_array(v) then return false end
  for _, word in ipairs(v) do
    if type(word) ~= "string" then return false end
  end
  return true
end

function Reader:_run()
  local run = self:_fields(self:_next().run, RUN, "run")
  if not run.id:find "^%w+$" or #run.id > 64 then self:_fail "run.id: not an id" end -- it names files
  self:_check_json(run.words, "run.words", are_words)
  return run
end

--- The text of a result that stands in parts.
function Reader:_parts(n)
  local parts = {}
  for i = 1, n do
    local part, message = archive.unwrap(self:_next().part)
    if type(part) ~= "string" then self:_fail("part: " .. (message or "expected a text")) end
    parts[i] = part
  end
  return table.concat(parts)
end

function Reader:_entry(record)
  local e = self:_fields(record.entry, ENTRY, "entry")
  for name, limit in pairs(BELOW) do
    if e[name] and not (e[name] >= 0 and e[name] < limit) then self:_fail(("entry.%s: out of range"):format(name)) end
  end
  if e.usage then self:_check_json(e.usage, "entry.usage", are_counts) end
  if e.parts then e.result = self:_parts(e.parts) end
  return e
end

---@return lash.store.Run
---@return lash.store.Entry[]
function Reader:read()
  local head = self:_next()
  if head.format ~= archive.FORMAT then self:_fail "this is no exported run" end
  if head.version ~= archive.VERSION then
    self:_fail(("version %s of the format is not known here"):format(tostring(head.version)), "update lash")
  end
  local run, entries, seen = self:_run(), {}, {}
  while true do
    local record = self:_next()
    if record["end"] then
      local n = is_table(record["end"]) and record["end"].entries
      if n ~= #entries then self:_fail "there are entries missing" end
      break
    end
    local e = self:_entry(record)
    local place = ("%d %s"):format(e.attempt, e.key)
    if seen[place] then self:_fail(("entry: attempt %d of %s stands there twice"):format(e.attempt, e.key)) end
    seen[place], entries[#entries + 1] = true, e
  end
  self.number = self.number + 1
  if self.at <= #self.text then self:_fail "there is more behind the end" end
  return run, entries
end

local function content_of(path)
  if path ~= "-" then
    local text, message = sys.read_file(path, LARGEST)
    return text or errors.raise("input", message)
  end
  local text = io.stdin:read(LARGEST + 1) or ""
  if #text > LARGEST then errors.raise("input", "standard input is larger than 1 GB") end
  return text
end

--- Is a run that is there the one of the file, to the last byte?
local function is_same(row, text)
  local lines = {}
  archive.write(row, function(line) lines[#lines + 1] = line end)
  local function body(whole) return whole:match "^[^\n]*\n(.*)$" end -- the first line has the version of lash
  return body(table.concat(lines)) == body(text)
end

local function take(run, entries)
  local number = runs.take(run)
  for _, e in ipairs(entries) do
    local result = e.result
    e.result = nil
    if result then e.result, e.beside = value.put(run.id, e, result) end
    runs.take_entry(number, e)
  end
end

---@param found table  options and words
---@return integer exit
function M.run(found)
  local path = found.words[1]
  local text = content_of(path)
  local run, entries = setmetatable({ path = path, text = text, at = 1, number = 0 }, Reader):read()
  local row, several = runs.find(run.id)
  if row and row.id == run.id and not several then
    if is_same(row, text) then
      if not context.quiet then output.note(("lash: run %s is there already\n"):format(run.id)) end
      return 0
    end
    errors.raise("usage", ("run %s is there already, and is not the same"):format(run.id),
      { hint = ("lash runs rm %s forgets the one that is there"):format(run.id) })
  end
  local ok, err = pcall(store.transaction, "durable", nil, take, run, entries)
  if not ok then
    local folder = value.folder(run.id)
    if sys.stat(folder) then require("lash.fs").remove(folder, { recursive = true }) end
    error(err, 0)
  end
  return 0
end

return M
