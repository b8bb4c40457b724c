--- What a person at a terminal sees of a run on stderr: thinking, tool calls and
-- retries, dimmed. Shown on a terminal, or with -v.
local context = require "lash.context"
local output = require "lash.output"
local secrets = require "lash.secrets"

local M = {}

local SHORT = 200

local function short(text) return output.shorten(text:gsub("%s+", " "), SHORT) end

local function line(text) output.dim(output.exact(output.one_line(text)) .. "\n") end

--- Thinking that is being streamed, by run: a secret in it may be cut anywhere.
local thinking = {} ---@type table<string, fun(piece?: string): string>
local open = false -- a line of it is

local function think(text)
  if text == "" then return end
  open = true
  output.dim(text)
end

--- Ends the thinking of a run: what was kept of it goes out; and the open line.
local function close(run)
  if thinking[run] then think(thinking[run]()) end
  thinking[run] = nil
  if open then output.note "\n" end
  open = false
end

--- Ends what is open at the end: nothing told of it when a run failed.
function M.finish()
  output.clear()
  for run in pairs(thinking) do close(run) end
end

local shown = {
  thinking = function(ev)
    thinking[ev.run] = thinking[ev.run] or secrets.redactor()
    think(thinking[ev.run](ev.text))
  end,
  tool_call = function(ev)
    line("> " .. short(require("lash.cli.call").text(ev)))
  end,
  tool_result = function(ev)
    local whose = require("lash.cli.call").whose(ev)
    line(("< %s%s %s(%.1f s)"):format(whose, ev.name, ev.ok and "" or short(ev.content) .. " ", ev.seconds))
  end,
  compact = function(ev) line(("the context is full: %d earlier messages are left out"):format(ev.left_out)) end,
  retry = function(ev)
    local what = ev.model and "asking " .. ev.model or ("retrying in %.1f s"):format(ev.delay)
    line(("%s: %s"):format(what, tostring(ev.error)))
  end,
}

---@param ev table
function M.on_event(ev)
  if ev.type ~= "thinking" then close(ev.run) end
  local show = shown[ev.type]
  if show then show(ev) end
end

--- Shows activity from now on.
function M.install()
  if output.is_terminal(2) then
    local silence = require "lash.cli.silence"
    output.before, context.on_failure = silence.erase, silence.on_failure
    context.on_event = function(ev)
      silence.on_event(ev)
      M.on_event(ev)
    end
  else
    context.on_event = M.on_event
  end
end

return M
