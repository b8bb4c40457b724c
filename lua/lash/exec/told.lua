--- How a command ended, as a model is told.
local run = require "lash.exec.run"
local secrets = require "lash.secrets"

--- What was written, for a model: no secrets, and no bytes that are no text. Notes how
-- much of it was not kept.
local function text_of(bytes, missing, ctx)
  local size = run.size(bytes, missing)
  if bytes:find("\0", 1, true) then return ("(%d bytes that are no text)"):format(size) end
  local text = secrets.redact(bytes):gsub("\n$", "")
  if missing > 0 then
    local before = ctx._lost and ctx._lost.bytes or 0
    ctx._lost = { bytes = before + size - #text, half = (size - missing) // 2 }
  end
  return text
end

local function ending(record)
  local how
  if record.timed_out then
    how = "took too long and was ended"
  elseif record.signal then
    how = "ended by " .. record.signal
  else
    how = "exit status " .. record.code
  end
  return ("[%s after %.1f s]"):format(how, record.seconds)
end

--- How a command ended, for a model: what it wrote, and the rest where it is
-- not simply well.
---@param record lash.ExecResult
---@param missing integer  bytes of its output
---@param ctx lash.ToolContext
---@return string? text
---@return string? failure
return function(record, missing, ctx)
  local out = text_of(record.out, missing, ctx)
  local err = text_of(record.err, (record.truncated or 0) - missing, ctx)
  if record.code == 0 and out ~= "" and err == "" then return out end
  local parts = { ending(record) }
  if out ~= "" then table.insert(parts, 1, out) end
  if err ~= "" then table.insert(parts, err) end
  local text = table.concat(parts, "\n")
  if record.code == 0 then return text end
  return nil, text
end
