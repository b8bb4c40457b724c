--- lash ask [OPTION…] PROMPT… [-]: one prompt, the answer to stdout as it comes.
local context = require "lash.context"
local errors = require "lash.errors"
local output = require "lash.output"

--- The words of the command line as one prompt: `@FILE` is a file's content, `-`
-- all of standard input.
local function read_prompt(words)
  local parts, plain = {}, {}
  local function flush()
    if #plain > 0 then table.insert(parts, table.concat(plain, " ")) end
    plain = {}
  end
  for _, word in ipairs(words) do
    local file = word:match "^@(.+)$"
    if word == "-" then
      flush()
      table.insert(parts, require "lash.stdin"())
    elseif file then
      flush()
      table.insert(parts, require("lash.prompt").file(file))
    else
      plain[#plain + 1] = word
    end
  end
  flush()
  local text = table.concat(parts, "\n\n")
  if not text:find "%S" then
    for _, word in ipairs(words) do
      if word == "-" then errors.raise("input", "standard input is empty") end
    end
    errors.raise("usage", "ask needs a prompt", { hint = 'lash ask "What is a monad?"' })
  end
  return text
end

--- Text goes out as it comes; a line end stands between turns and at the end.
local function writer(write)
  local open, redact = false, require("lash.secrets").redactor()
  local function put(text)
    if text == "" then return end
    write(text)
    open = text:sub(-1) ~= "\n"
  end
  return {
    text = function(text) put(redact(text)) end,
    finish_line = function()
      put(redact())
      if open then write "\n" end
      open = false
    end,
  }
end

--- A typed answer as text: a string as it is, all else as JSON.
local function shown(value)
  if type(value) == "string" then return value end
  return (require("lash.core.json").encode(value))
end

--- The file of -o: tried before anything is paid. A plain file is written when the
-- answer is there, so half of one never takes the place of a whole one; what is
-- made here and not kept goes away again.
local function open_output(path)
  local stat = require("lash.core.sys").stat(path)
  local plain = not stat or stat.type == "file"
  local file, message = io.open(path, plain and "a" or "w")
  if not file then errors.raise("output", "cannot create " .. message) end
  local parts, kept = {}, false
  local function check(ok, why)
    if not ok then errors.raise("io", ("cannot write to %s: %s"):format(path, why)) end
    return ok
  end
  return setmetatable({
    write = function(text)
      if plain then parts[#parts + 1] = text else check(file:write(text)) end
    end,
    keep = function()
      if plain then
        file:close()
        file = check(io.open(path, "w"))
        kept = true -- from here on it is the answer, whatever becomes of it
        check(file:write(table.concat(parts)))
      end
      check(file:close())
    end,
  }, { __close = function()
    if io.type(file) == "file" then file:close() end
    if not stat and not kept then os.remove(path) end
  end })
end

--- What answers the prompt: a fresh conversation, or a session.
---@return async fun(settings: table, text: string, listener: fun(event: table)): lash.Run
local function starter(id)
  if not id then return require("lash.run").start end
  if id == "last" then
    id = require("lash.store.sessions").latest()
      or errors.raise("input", "there is no session yet", { hint = "--session ID begins one" })
  end
  local session = require("lash.session").new({ settings = {} }, id)
  return function(...) return session:_start(...) end
end

---@param found table  of the options; `words` are the prompt
---@return integer exit
return function(found)
  local text = read_prompt(found.words)
  local settings = require("lash.settings").resolve { settings = {} }
  local start = starter(found.session)
  local file <close> = found.output and open_output(found.output) or nil
  local out = writer(file and file.write or output.write_foreign)
  local ok, err = pcall(start, settings, text, function(ev)
    if ev.type == "start" then collectgarbage "restart" end -- all is loaded; see host.c
    if context.json and not file or ev.parent then return end
    if ev.type == "text" and not settings.returns then
      out.text(ev.text)
    elseif ev.type == "done" and settings.returns then
      out.text(shown(ev.result.value))
    end
    if ev.type == "tool_call" or ev.type == "done" then out.finish_line() end
  end)
  if not ok then
    pcall(out.finish_line) -- the part that came stays a line of its own
    error(err, 0)
  end
  if file then file.keep() end
  if err.text == "" and not settings.returns then require("lash.log").warn "the model ended without an answer" end
  return 0
end
