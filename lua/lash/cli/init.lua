--- The command line: what is asked for, and how the run ends.
local context = require "lash.context"
local errors = require "lash.errors"
local host = require "lash.host"
local interrupt = require "lash.core.interrupt"
local sched = require "lash.sched"

--- Subcommands that take their arguments as they are, and their files, loaded when
-- one is called.
local PLAIN = { fake = "fake", help = "help", init = "new", job = "job", models = "models", runs = "runs",
  sessions = "sessions", test = "test", trust = "trust" }
--- Those that take options like a script's, and more.
local WITH_OPTIONS = { ask = true, chat = true, check = true }
local SUBCOMMANDS = { "ask", "chat", "check", "fake", "help", "init", "job", "models", "runs", "sessions", "test",
  "trust" }

--- Puts what was found into force.
---@param found table
---@param options? table  cli/options.lua; nil: there is none
local function apply(found, options)
  context.agent, context.agent_name = found.agent, found.agent_name
  context.verbose, context.quiet = found.verbose, found.quiet or false
  context.config, context.json = found.config, found.json or false
  context.accept_changes = found.accept_changes or false
  local output = require "lash.output"
  output.no_colour = found.no_colour
  if context.command ~= "ask" then require("lash.standard").install() end -- no script runs there
  if context.json then
    require("lash.cli.ndjson").install()
  elseif not context.quiet and (output.is_terminal(2) or context.verbose > 0) then
    require("lash.cli.activity").install()
  end
  local problem = found.problem or options and options.conflict(found, context.command)
  if problem then error(problem, 0) end
  local notes = require("lash.core.sys").getenv "LASH_VERIFY"
  if notes and notes ~= "" then require("lash.rehearsal").begin(notes) end
  if found.timeout then
    local seconds = require("lash.duration").seconds(found.timeout, "--timeout")
    interrupt.deadline(seconds) -- 0: none
    if seconds > 0 then context.deadline = require("lash.core.loop").now() + seconds end
  end
  if found.budget then require("lash.budget").new(found.budget, "--budget") end -- of the whole run: never closed
end

--- Is there a person on both sides?
local function at_terminal()
  local sys = require "lash.core.sys"
  return sys.isatty(0) and sys.isatty(1)
end

--- Is there a word that may be an option? Where there is none, nothing of them is loaded.
local function has_dash(words)
  for _, word in ipairs(words) do
    if word:byte() == 45 then return true end
  end
  return false
end

--- Does what the words ask for.
---@param words string[]
---@return integer exit
local function carry_out(words)
  local found = { agent = {}, verbose = 0, words = {} }
  local options = has_dash(words) and require "lash.cli.options"
  local i = options and options.read(words, 1, options.common, found) or 1
  local word = words[i]
  local command = not found.code and not found.interactive and WITH_OPTIONS[word] and word or nil
  local nothing = not word and not found.code and not found.interactive and not found.help
  if nothing and at_terminal() then command = "chat" end
  if command and options then
    options.read(words, i + 1, options[command], found, true)
  elseif command then
    table.move(words, i + 1, #words, 1, found.words)
  end
  context.code = found.code
  context.command = command or found.code and "-e" or found.interactive and "-i" or word
  apply(found, options)
  if found.help then
    return require "lash.cli.help" { command }
  elseif found.code then
    return require("lash.cli.script").code(found.code, words, i)
  elseif found.interactive then
    return require "lash.cli.repl"(words, i)
  elseif word == nil and not command then
    require "lash.cli.help" {}
    errors.raise("usage", "nothing to do")
  elseif command then
    return require("lash.cli." .. command)(found)
  elseif PLAIN[word] and (words[i + 1] == "--help" or words[i + 1] == "-h") then
    return require "lash.cli.help" { word }
  elseif PLAIN[word] then
    local run = require("lash.cli." .. PLAIN[word])
    collectgarbage "restart" -- stopped while the program starts; see host.c
    return run(table.move(words, i + 1, #words, 1, {}), carry_out) -- carry_out: for one that repeats a command
  elseif word == "-" then
    return require("lash.cli.script").stdin(words, i + 1)
  elseif word:find("/", 1, true) or word:find "%.lua$" or require("lash.core.sys").stat(word) then
    return require("lash.cli.script").file(word, words, i + 1)
  end
  local near = word == "version" and "--version" or require("lash.spelling").nearest(word, SUBCOMMANDS)
  local hint = near and ("did you mean '%s'?"):format(near) or "lash --help lists the commands"
  errors.raise("usage", ("unknown command '%s'"):format(word), { hint = hint })
end

local SHORT = 59 -- characters of a file's name that Lua shows

--- Is the error of the script's making, as what its user gave it is not?
local function is_of_script(err, trace)
  if err.kind ~= "usage" and err.kind ~= "schema" then return false end
  return not trace:find("lash/args.lua:", 1, true) or tostring(err.message):find("lash.args: ", 1, true) == 1
end

--- Where the script was when an error was raised that may be of its making: "x.lua:3"; of
--- `return lash.job { … }` Lua has no line, so "x.lua".
local function place_of(err)
  local path, trace = context.script, sched.trace
  if not path or not trace or not is_of_script(err, trace) then return nil end
  local shown = #path <= SHORT and path or "..." .. path:sub(-(SHORT - 3))
  local line = trace:match("%f[^%s\0]" .. shown:gsub("%p", "%%%0") .. ":(%d+)") -- and not "lash/" .. shown
  local name = path:match "[^/]*$"
  if line then return ("%s:%s"):format(name, line) end
  return trace:find("(...tail calls...)", 1, true) and name or nil
end

--- Tells of an error on stderr; the exit status.
---@return integer exit
---@return lash.Error?
---@return string? text  what was told of it, in one line
local function report(err)
  if host.is_exit(err) then return err.exit, nil end
  local output = require "lash.output"
  output.flush() -- what was printed before stands before it
  local known = errors.is(err) and err or errors.new("internal", errors.text(err))
  if not known.quiet and not (context.serving and known.kind == "interrupted") then
    local lines, _, text = require "lash.cli.complaint"(known, place_of(known))
    if context.is_attempt() then return known.exit, known, output.one_line(text) end -- who made it tells
    -- A terminal shows Ctrl-C as "^C", without a line end.
    local open = output.is_terminal(2) and (output.line_open or known.signal == "SIGINT")
    output.note((open and "\n" or "") .. lines)
    local wanted = known.kind == "internal" and 1 or 2
    if context.verbose >= wanted and sched.trace then
      output.note(output.visible(sched.trace:match "^\n*(.*)$") .. "\n")
    end
  end
  return known.exit, known
end

--- Questions that became a no make a run that went well end as denied.
---@param exit integer
---@return integer exit
---@return lash.Error?
local function look_at_denied(exit)
  local n = #context.denied
  if exit ~= 0 or n == 0 then return exit, nil end
  local output, last = require "lash.output", context.denied[n]
  local denied = last.denied
  local subject = output.shorten(denied.subject:match "^[^\n]*", 60)
  io.stdout:flush()
  return report(errors.new("denied", ("%s: %s: %s%s"):format(denied.tool, subject, denied.reason,
    n > 1 and (" (and %d more)"):format(n - 1) or ""), { hint = last.hint }))
end

--- What is left in the buffers must leave, also of files that a script has not closed; a
--- full disk is not a success.
local function flush(exit, err, text)
  local ok, message, code = require("lash.output").flush()
  local what = "to stdout"
  if ok then
    ok, message = require("lash.core.sys").write_open()
    what = "a file that was left open"
  end
  local files = package.loaded["lash.core.files"]
  if ok and files and files.lost() then ok, message = nil, files.lost() end
  if ok or exit ~= 0 then return exit, err, text end
  local stopped = interrupt.pending() -- in the middle of it
  return report(stopped or errors.new("io", ("cannot write %s: %s"):format(what, message), { quiet = code == 32 }))
end

---@return integer exit
return function()
  host.install()
  local words = table.move(arg, 1, #arg, 1, {})
  context.words = words
  local ok, result = pcall(sched.run, carry_out, words)
  if ok and interrupt.pending() then ok, result = false, interrupt.pending() end -- caught, and kept
  if package.loaded["lash.cli.activity"] then require("lash.cli.activity").finish() end
  local exit, err, text
  if ok then exit, err, text = look_at_denied(result or 0) else exit, err, text = report(result) end
  exit, err, text = flush(exit, err, text)
  if exit == 0 and interrupt.pending() then exit, err, text = report(interrupt.pending()) end
  if context.is_attempt() then
    if context.json then require("lash.cli.ndjson").finish() end
    require("lash.job.work").report(exit, err, text)
  end
  if package.loaded["lash.journal"] then require("lash.journal").finish(exit, err) end
  interrupt.settle()
  host.finish()
  if context.json and not context.is_attempt() then require("lash.cli.ndjson").done(exit, err) end
  return exit
end
