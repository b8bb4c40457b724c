--- Runs one command, and tells how it ended.
--
-- The command runs below a supervisor of its own (src/sys/launch.h): whatever
-- ends the wait for it, a deadline, a cancellation, the end of lash, ends the
-- command and all that it started.
local core = require "lash.core.proc"
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local loop = require "lash.core.loop"
local sched = require "lash.sched"
local sys = require "lash.core.sys"

local M = {}

-- Seconds. The supervisor needs 3 of grace, and 5 at most for what is left then.
local END_LIMIT = 10
local LAST_GRACE = 2 -- when the run itself ends: its clean-up has 3 in all
local TIMED_OUT = 124 -- as timeout(1) has it

local SHOWN = 60 -- bytes of a command in messages
local NOTE = "\n[... %d bytes cut ...]\n"

---@class lash.ExecResult
---@field code integer  exit status; 128 + signal; 124 when `timeout` has passed
---@field signal? string  "SIGKILL"
---@field out string
---@field err string
---@field seconds number
---@field truncated? integer  bytes that are missing in out and err
---@field timed_out? boolean

--- A command as messages show it.
---@param argv string[]
---@return string
function M.shown(argv)
  local text = table.concat(argv, " "):gsub("%c+", " ")
  return #text <= SHOWN and text or text:sub(1, SHOWN):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…"
end

--- Waits for its end, some seconds at most.
local function await_end(process, seconds)
  local limit = loop.now() + seconds
  while not process:pop() and sched.wait(process:id(), limit) do end
end

local ends = {
  __close = function(self)
    local process = self.process
    if process:pop() then return end
    process:stop()
    if interrupt.pending() then
      await_end(process, LAST_GRACE)
      process:kill()
    end
    await_end(process, END_LIMIT)
  end,
}

-- Words that only a shell knows.
local SHELL_WORDS = {
  cd = "the option cwd is the folder of a command",
  export = "the option env sets variables",
  source = "lash.sh { 'sh', '-c', … } runs lines of a shell",
}

--- Is there a file of this name in a folder of $PATH?
local function is_in_path(command, env)
  for _, variable in ipairs(env) do
    for folder in (variable:match "^PATH=(.*)" or ""):gmatch "[^:]+" do
      if sys.stat(folder .. "/" .. command) then return true end
    end
  end
  return false
end

--- Raises why a command could not begin.
local function fail(argv, env, stage, message, code)
  local command, hint = argv[1], nil
  local by_path = command:find("/", 1, true)
  if stage == "command" and not by_path and not is_in_path(command, env) then
    -- The system says "permission denied" where it may not look into a folder.
    message, code = "command not found: " .. command, "missing"
    hint = SHELL_WORDS[command] or "is it installed, and in $PATH?"
  elseif stage == "command" and (not by_path or sys.stat(command)) then
    hint = code == "missing" and "the file is there; what its first line (#!) names is not"
      or "chmod +x makes a file a command"
  elseif code == "toobig" then
    hint = "the arguments are too long; the option stdin has no limit"
  end
  errors.raise(code == "missing" and "input" or "process", message, { hint = hint })
end

--- A text without the pieces of characters that a cut has left.
local function mend(head, tail)
  local at = head:match "()[\xC0-\xFF][\x80-\xBF]*$"
  if at and not utf8.len(head, at) then head = head:sub(1, at - 1) end
  return head, tail:gsub("^[\x80-\xBF][\x80-\xBF]?[\x80-\xBF]?", "")
end

--- What the command has written, and how many bytes of it are missing.
local function output(process, which)
  local head, tail, dropped = process:output(which)
  if dropped == 0 then return head .. tail, 0 end
  local all = #head + #tail
  head, tail = mend(head, tail)
  dropped = dropped + all - #head - #tail
  return head .. NOTE:format(dropped) .. tail, dropped
end

--- How many bytes an output had of which some are missing.
---@param text string
---@param missing integer
---@return integer
function M.size(text, missing) return missing == 0 and #text or #text - #NOTE:format(missing) + missing end

--- Runs a command; raises when it cannot begin.
---@async
---@param argv string[]
---@param options { env: string[], max_output: integer, shares_output?: boolean, timeout?: number, cwd?: string,
---  real_cwd?: boolean, absent?: string[], stdin?: string, sandbox?: lash.proc.Sandbox }
---@return lash.ExecResult
---@return integer missing  bytes of `out`
function M.run(argv, options)
  sched.checkpoint()
  local process <close>, message, code = core.start {
    argv = argv, env = options.env, max_output = options.max_output, shares_output = options.shares_output,
    cwd = options.cwd, real_cwd = options.real_cwd, absent = options.absent, input = options.stdin,
    sandbox = options.sandbox,
  }
  if not process then fail(argv, options.env, "process", message, code) end
  local verifying = sys.getenv "LASH_VERIFY" and require "lash.rehearsal"
  if verifying then verifying.command(argv[1], options.env) end
  local _ends <close> = setmetatable({ process = process }, ends)
  local deadline = options.timeout and loop.now() + options.timeout
  local timed_out
  while not process:pop() do
    if not sched.wait(process:id(), deadline) then
      if timed_out then errors.raise("process", M.shown(argv) .. " cannot be ended") end
      timed_out, deadline = true, loop.now() + END_LIMIT
      process:stop()
    end
  end
  if verifying then verifying.look() end
  local kind, status, signal, seconds = process:pop()
  if kind == "fail" then fail(argv, options.env, select(2, process:pop())) end
  local out, out_dropped = output(process, "out")
  local err, err_dropped = output(process, "err")
  local dropped = out_dropped + err_dropped
  return {
    code = timed_out and TIMED_OUT or status,
    signal = signal,
    out = out,
    err = err,
    seconds = seconds,
    truncated = dropped > 0 and dropped or nil,
    timed_out = timed_out,
  }, out_dropped
end

return M
