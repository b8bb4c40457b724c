--- shell: a command line, confined.
local confine = require "lash.confine"
local context = require "lash.context"
local exec = require "lash.exec"
local log = require "lash.log"
local place = require "lash.core.place"
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

--- Gives settings that were made another name, links that lead nowhere yet, too: it
-- may be somebody's data. Closing it does so when the command is interrupted or
-- out of time.
local function set_aside(watched)
  local notes = {}
  for _, watch in ipairs(watched) do
    for _, where in ipairs { "opened", "path" } do
      local from, to, code = watch:take(where)
      if from or code ~= "missing" then
        local note = from and ("%s is now %s"):format(from, to) or to
        log.warn(("a command made settings that the next run could obey: %s"):format(note))
        notes[#notes + 1] = note
      end
    end
    watch:close()
  end
  for i = #watched, 1, -1 do watched[i] = nil end
  return notes
end

local made = { __close = set_aside }

--- Watches files that would send the next run's key wherever they say: a command
-- must not make them. Their paths, for the launcher, too.
local function watch_settings()
  local watched, paths, seen = setmetatable({}, made), {}, {}
  for _, folder in ipairs { sys.cwd() or "/", context.script_dir } do -- real ones; a link by now is none of them
    for _, name in ipairs { "config.json", ".env.local" } do
      local path = folder:gsub("/*$", "/", 1) .. name
      if not seen[path] then
        local watch, message = place.watch(path)
        if not watch then return nil, message end
        watched[#watched + 1], paths[#paths + 1], seen[path] = watch, path, true
      end
    end
  end
  return watched, paths
end

--- How the command is run: its words, or by a shell.
local function carry_out(ctx, argv)
  local guard = ctx.guard
  local temporary, message = guard:temporary()
  if not temporary then return nil, message end
  local options = exec.options({ env = confine.environment(temporary), timeout = TIMEOUT, max_output = MAX_OUTPUT },
    "shell")
  if guard.confined then options.sandbox = confine.sandbox({}, { ".", temporary }, sys.cwd() or "/") end
  local watched <close>, absent = watch_settings()
  if not watched then return nil, absent end
  options.absent = absent
  local record, missing = run.run(argv, options)
  local notes = set_aside(watched)
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
