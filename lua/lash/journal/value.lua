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

--- A value as text; raises `usage` when it is none that can be kept.
---@param value any
---@param what string  whose it is
---@return string
function M.text(value, what)
  value = secrets.redact_all(value)
  if type(value) == "string" and not is_text(value) then return value end
  local text, message = json.encode(value, nil, true)
  if not text then
    errors.raise("usage", ("%s gives what cannot be kept: %s"):format(what, (message:gsub("^%$", "result"))),
      { hint = "text, numbers, booleans and tables of them can: take out of it what is needed" })
  elseif #text > LARGEST then
    errors.raise("usage", ("%s gives more than %d MB"):format(what, LARGEST >> 20),
      { hint = "write it to a file, and give the name" })
  end
  return text
end

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

--- Puts a long text into a file; returns what the row has instead.
---@param id string  of the run
---@param number integer  of the entry
---@param text string
---@return string? text
---@return integer beside
function M.put(id, number, text)
  if #text <= INLINE then return text, 0 end
  local folder = M.folder(id)
  local ok, message = sys.mkdir_p(folder, PRIVATE_FOLDER)
  if ok then ok, message = sys.write_atomic(("%s/%d"):format(folder, number), text, PRIVATE_FILE) end
  if not ok then errors.raise("store", "a result cannot be kept: " .. message) end
  return nil, 1
end

--- The text of an entry's result.
---@param id string  of the run
---@param number integer  of the entry
---@param row { result?: string, beside: integer }
---@return string?
function M.get(id, number, row)
  if row.beside == 0 then return row.result end
  local text, message = sys.read_file(("%s/%d"):format(M.folder(id), number), LARGEST)
  return text or errors.raise("store", "a result of this run is not there any more: " .. message)
end

--- What something is given: its text, as far as that is kept, and its hash.
---@param value any
---@param what string
---@return string? text
---@return string hash
function M.input(value, what)
  local text = M.text(value, what)
  return #text <= LONGEST_INPUT and is_text(text) and text or nil, sys.sha256(text)
end

return M
