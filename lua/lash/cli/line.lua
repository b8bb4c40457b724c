--- Reads what a person types, or what comes from a pipe, text by text.
--
-- At a terminal that can do it lines are edited (libedit), have a history, and may be
-- pasted; else they are read as they come. A line that ends with a backslash goes on in
-- the next one.
local errors = require "lash.errors"
local interrupt = require "lash.core.interrupt"
local output = require "lash.output"

local M = {}

local MORE = "... "

---@class lash.cli.Reader
---@field at_terminal boolean
---@field left string  what stood in a line that was not ended
---@field private editor? lash.edit.editor
---@field private history? lash.cli.History
---@field private complete? fun(before: string): string, string[]
---@field private unfinished? fun(text: string): boolean
---@field private as_pasted? fun(text: string, pasted: string): string
---@field private pasted string  into the text that is being read
local Reader = {}
Reader.__index = Reader

--- A terminal whose lines can be edited?
local function can_edit()
  local term = os.getenv "TERM" or ""
  return term ~= "" and term ~= "dumb" and term ~= "emacs"
end

---@class lash.cli.Reading
---@field history string  the name of its file
---@field complete? fun(before: string): string, string[]  the word, and what it may become
---@field unfinished? fun(text: string): boolean  default: with a backslash at the end
---@field as_pasted? fun(text: string, pasted: string): string  what a text means into which that was pasted

---@param options lash.cli.Reading
---@return lash.cli.Reader
function M.new(options)
  local at_terminal = output.is_terminal(0) and output.is_terminal(1)
  local self = setmetatable({ at_terminal = at_terminal, left = "", pasted = "",
    complete = options.complete, unfinished = options.unfinished, as_pasted = options.as_pasted }, Reader)
  if at_terminal and can_edit() then
    local editor, message = require("lash.core.edit").open()
    if not editor then
      require("lash.log").warn("lines cannot be edited: %s", message)
    else
      self.editor, self.history = editor, require("lash.cli.line.history").open(options.history)
      local texts = self.history.texts
      for i = #texts - self.history.here + 1, #texts do editor:add(texts[i]) end
    end
  end
  return self
end

--- The name of a prompt, which stands out where there is colour.
local function decorated(prompt)
  local name, rest = prompt:match "^(.-)(%s*)$"
  return output.colours(1) and ("\1\27[1m\1%s\1\27[0m\1%s"):format(name, rest) or prompt
end

--- One line of the editor; nil at the end.
function Reader:_edit(prompt)
  local editor = self.editor
  local shown, mark = decorated(prompt), ""
  local _line <close> = setmetatable({}, { __close = function() -- also of one that an interrupt let not quite begin
    local before, behind = editor:text()
    local err = interrupt.pending()
    if before and err and err.signal == "SIGINT" then self.left, mark = before .. behind, "^C" end
    editor:finish(mark)
  end })
  editor:begin(shown)
  while true do
    local what, before, behind = editor:read()
    if what == "line" then
      mark = nil
      self.pasted = self.pasted .. editor:pasted()
      return (before .. behind):sub(1, -2)
    elseif what == "end" then
      return nil
    elseif what == "complete" then
      if self.complete then require "lash.cli.line.complete"(editor, before, self.complete) end
    elseif what == "search" then
      require "lash.cli.line.search"(editor, self.history.texts, shown, before .. behind)
    elseif what == "stopped" then -- by what is raised in here, unless it came before
      error(interrupt.pending(), 0)
    end
  end
end

--- One line as it comes; nil at the end.
function Reader:_plain(prompt)
  if self.at_terminal then
    io.stdout:write(prompt)
    io.stdout:flush()
  end
  local line, message
  local _line <close> = setmetatable({}, { __close = function() -- behind ^C, or Ctrl-D
    if line == nil and self.at_terminal then output.write "\n" end
  end })
  if interrupt.pending() then error(interrupt.pending(), 0) end
  line, message = io.stdin:read "l"
  if line == nil and interrupt.pending() then error(interrupt.pending(), 0) end
  if line == nil and message then
    errors.raise("io", "cannot read standard input: " .. message)
  end
  return line
end

function Reader:_line(prompt)
  output.flush() -- also what was kept back as the beginning of a secret
  if self.editor then return self:_edit(prompt) end
  return self:_plain(prompt)
end

--- Does the text go on in the next line? Then what there is of it.
function Reader:_goes_on(text)
  if self.unfinished then return self.unfinished(text) and text .. "\n" or nil end
  local rest = text:match "^(.*)\\$"
  return rest and rest .. "\n"
end

--- The next text; nil at the end. What an interrupt left of a line is in `left`.
---@async
---@param prompt string
---@return string?
function Reader:read(prompt)
  local text = ""
  self.left, self.pasted = "", ""
  while true do
    local line = self:_line(text == "" and prompt or MORE)
    if not line then
      if text == "" then return nil end
      text = text:sub(1, -2)
      break
    end
    text = text .. line
    local more = (line ~= "" or self.unfinished) and self:_goes_on(text)
    if not more then break end
    text = more
  end
  if self.as_pasted and self.pasted ~= "" then text = self.as_pasted(text, self.pasted) end
  if self.history and text:find "%S" then
    self.history:add(text)
    self.editor:add(text)
  end
  return text
end

function Reader:close()
  if self.editor then self.editor:close() end
end
Reader.__close = Reader.close

return M
