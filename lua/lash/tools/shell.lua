--- shell: a command line, confined.
local confine = require "lash.confine"
local exec = require "lash.exec"
local run = require "lash.exec.run"
local told = require "lash.exec.told"
local words = require "lash.tool.words"

local TIMEOUT = 600 -- seconds
local MAX_OUTPUT = 60000

--- What a person who is asked should know of the sandbox.
local function note_of(guard)
  if not guard.confined then return "(not confined: sandbox = \"off\")" end
  local missing = confine.missing()
  return missing and ("(not confined as it should be: %s)"):format(missing) or nil
end

--- How the command is run: its words, or by a shell.
local function carry_out(guard, argv)
  local temporary, message = guard:temporary()
  if not temporary then return nil, message end
  local options = exec.options({ env = confine.environment(temporary), timeout = TIMEOUT, max_output = MAX_OUTPUT },
    "shell")
  if guard.confined then options.sandbox = confine.sandbox({}, { ".", temporary }) end
  return told((run.run(argv, options)))
end

return {
  name = "shell",
  about = "Run a command line with sh in the working folder. It may read system folders and the working folder, and "
    .. "write the working folder and $TMPDIR, which is kept for the next command. No network, no terminal.",
  params = "command: string",
  run = function(command, ctx)
    local refusal = confine.refusal()
    if refusal then return nil, refusal end
    if command:find("\0", 1, true) then return nil, "the command contains a zero byte" end
    local argv = words(command) or { "sh", "-c", command }
    local ok, message = ctx.guard:command("shell", argv, command, note_of(ctx.guard))
    if not ok then return nil, message end
    return carry_out(ctx.guard, argv)
  end,
}
