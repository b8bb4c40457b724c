--- One turn of the conversation where nobody looks on: the answer to stdout, and
-- activity as `lash ask` has it.
local activity = require "lash.cli.activity"
local context = require "lash.context"
local output = require "lash.output"
local secrets = require "lash.secrets"

---@async
---@param session lash.Session
---@param prompt any  as a session takes it
---@return lash.Run
return function(session, prompt)
  local redact, open, run = secrets.redactor(), false, nil
  local function put(text)
    if text == "" then return end
    open = text:sub(-1) ~= "\n" -- before: an interrupt may come right behind the writing
    output.write_foreign(text)
  end
  local function end_line()
    put(redact())
    if open then output.write "\n" end
    open = false
  end
  local show = context.on_event
  local _line <close> = setmetatable({}, { __close = function()
    context.on_event = show
    end_line()
    activity.finish()
  end })
  context.on_event = show and function(ev) -- lines about other things begin behind a line end
    if not ev.parent and ev.type ~= "text" and ev.type ~= "usage" then end_line() end
    show(ev)
  end
  for ev in session:stream(prompt) do
    if not ev.parent then
      if ev.type == "text" then put(redact(ev.text)) end
      if ev.type == "tool_call" or ev.type == "done" then end_line() end
      if ev.type == "done" then run = ev.result end
    end
  end
  return run
end
