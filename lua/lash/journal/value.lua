--- Values as the journal keeps them: JSON, or bytes as they are; without secrets.
-- What is read back is what the next process will see, so this one is given the
-- same.
local errors = require "lash.errors"
local is_text = require("lash.journal.entry").is_text
local json = require "lash.core.json"
local secrets = require "lash.secrets"
local sys = require "lash.core.sys"
local xdg = require "lash.xdg"

local M = {}

local INLINE = 1 << 20 -- bytes; longer ones are files
local LARGEST = 256 << 20
local LONGEST_INPUT = 64 << 10 -- bytes that are kept of what something was given, to tell what changed
local PRIVATE_FILE, PRIVATE_FOLDER = 384, 448 -- 0600, 0700

--- Where the large results of a run are.
---@param id string  of the run
---@return string
function M.folder(id) return ("%s/runs/%s"):format(xdg.state(), id) end

--- JSON of a value; raises `usage` when it has none.
---@param value any
---@param what string  whose it is
---@param name string  what it is of that: "result"
---@return string
local function encode(value, what, name)
  local text, message = json.encode(value, nil, true)
  if text then return text end
  errors.raise("usage", ("%s: what cannot be kept: %s"):format(what, (message:gsub("^%$", name))),
    { hint = "text, numbers, booleans and tables of them can: take out of it what is needed" })
end

local function is_bytes(value) return type(value) == "string" and not is_text(value) end

--- A value as text, without secrets; raises `usage` when it is none that can be kept.
---@param value any
---@param what string  whose it is
---@return string
function M.text(value, what)
  if not is_bytes(value) then encode(value, what, "result") end -- before its secrets are looked for: it may be deep
  value = secrets.redact_all(value)
  local text = is_bytes(value) and value or encode(value, what, "result")
  if #text > LARGEST then
    errors.raise("usage", ("%s gives more than %d MB"):format(what, LARGEST >> 20),
      { hint = "write it to a file, and give the name" })
  end
  return text
end

--- JSON of a value for people, secrets and all.
---@param value table
---@param what string
---@return string
function M.printed(value, what) return encode(value, what, "result") end

--- The value of a text.
---@param text? string
---@return any
function M.read(text)
  if text == nil then return nil end
  if not is_text(text) then return text end
  local value = json.decode(text)
  if value == json.null then return nil end
  return value
end

--- The file of an entry's result; its name is known before there is a row.
local function path_of(id, e) return ("%s/%s-%d"):format(M.folder(id), sys.sha256(e.key):sub(1, 32), e.attempt) end

--- Puts a long text into a file; returns what the row has instead.
---@param id string  of the run
---@param e { key: string, attempt: integer }
---@param text string
---@return string? text
---@return integer beside
function M.put(id, e, text)
  if #text <= INLINE then return text, 0 end
  local ok, message = sys.mkdir_p(M.folder(id), PRIVATE_FOLDER)
  if ok then ok, message = sys.write_atomic(path_of(id, e), text, PRIVATE_FILE) end
  if not ok then errors.raise("store", "a result cannot be kept: " .. message) end
  return nil, 1
end

--- The text of an entry's result.
---@param id string  of the run
---@param e { key: string, attempt: integer }
---@param row { result?: string, beside: integer }
---@return string?
function M.get(id, e, row)
  if row.beside == 0 then return row.result end
  local text, message = sys.read_file(path_of(id, e), LARGEST)
  return text or errors.raise("store", "a result of this run is not there any more: " .. message)
end

--- What something is given: its text, as far as that is kept, and its hash. The hash
--- is that of the value as it is: what counts as a secret may differ between
--- processes. It is salted with the run, so that nobody can look a secret up.
---@param id string  of the run
---@param value any
---@param what string
---@return string? text
---@return string hash
function M.input(id, value, what)
  local exact = is_bytes(value) and value or encode(value, what, "input")
  local text = M.text(value, what)
  return #text <= LONGEST_INPUT and is_text(text) and text or nil, sys.sha256(("%s %s"):format(id, exact))
end

return M
