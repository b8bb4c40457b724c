--- shell: a command line, confined.
local confine = require "lash.confine"
local context = require "lash.context"
local exec = require "lash.exec"
local fs = require "lash.core.fs"
local log = require "lash.log"
local run = require "lash.exec.run"
local sys = require "lash.core.sys"
local told = require "lash.exec.told"
local words = require "lash.tool.words"

local TIMEOUT = 600 -- seconds
local MAX_OUTPUT = 16 << 20 -- bytes; what the model is not shown of them is kept in a file

--- What a person who is asked should know of the sandbox.
local function note_of(guard)
  if not guard.confined then return "(not confined: sandbox = \"off\")" end
  local missing = confine.missing()
  return missing and ("(not confined as it should be: %s)"):format(missing) or nil
end

--- Gives what was made of the files another name, links that lead nowhere yet, too:
-- it may be somebody's data. Closing it does so when the command is interrupted or
-- out of time.
local function set_aside(files)
  local notes = {}
  for _, path in ipairs(files) do
    local to, message, code = fs.set_aside(path)
    if to or code ~= "missing" then
      local note = to and ("%s is now %s"):format(path, to) or message
      log.warn(("a command made settings that the next run could obey: %s"):format(note))
      notes[#notes + 1] = note
    end
  end
  return notes
end

local made = { __close = set_aside }

--- Files that would send the next run's key wherever they say, and are not there:
-- a command must not make them under these names.
local function missing_settings()
  local list = setmetatable({}, made)
  for _, folder in ipairs { sys.cwd() or ".", context.script_dir } do
    for _, name in ipairs { "config.json", ".env.local" } do
      local path = folder .. "/" .. name
      if not sys.stat(path) then list[#list + 1] = path end
    end
  end
  return list
end

--- How the command is run: its words, or by a shell.
local function carry_out(ctx, argv)
  local guard = ctx.guard
  local temporary, message = guard:temporary()
  if not temporary then return nil, message end
  local options = exec.options({ env = confine.environment(temporary), timeout = TIMEOUT, max_output = MAX_OUTPUT },
    "shell")
  if guard.confined then options.sandbox = confine.sandbox({}, { ".", temporary }) end
  local absent <close> = missing_settings()
  options.absent = absent
  local record, missing = run.run(argv, options)
  local notes = set_aside(absent)
  if #notes == 0 then return told(record, missing, ctx) end
  local text, why = told(record, missing, ctx)
  local note = ("[no tool makes settings of lash: %s]"):format(table.concat(notes, ", "))
  if text then return text .. "\n" .. note end
  return nil, ("%s\n%s"):format(why, note)
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
    return carry_out(ctx, argv)
  end,
}
