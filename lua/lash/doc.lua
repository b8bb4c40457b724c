--- Documentation comments: what a Lua function says of itself.
--
-- A function knows its file and its line, and how many parameters it has; the
-- comment right above it says the rest. All text is read at run time: a
-- script's functions become tools without a word twice.
local errors = require "lash.errors"
local spelling = require "lash.spelling"
local types = require "lash.types"

local M = {}

--- Texts of chunks that have no file (-e, standard input), by chunk name.
---@type table<string, string>
M.sources = {}

local cache = {} -- chunk name → lines

--- Lines of a chunk: its file is read once. Nil when there is no text to it.
---@param source string  as debug.getinfo names it
---@return string[]|nil
function M.lines(source)
  if cache[source] then return cache[source] end
  local text = M.sources[source]
  if not text and source:find("^@") then
    local file = io.open(source:sub(2), "rb")
    if not file then return nil end
    text = file:read "a"
    file:close()
  elseif not text and not source:find("^=") then
    text = source -- load(text): the chunk is its own name
  end
  if not text then return nil end
  local lines = {}
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do lines[#lines + 1] = (line:gsub("\r$", "")) end
  cache[source] = lines
  return lines
end

--- Is this line a comment of its own (not the beginning of a block comment)?
local function is_comment(line)
  return line and line:find("^%s*%-%-") and not line:find("^%s*%-%-%[=*%[")
end

--- First and last line of the comment that ends at a line; nil without `---`.
local function comment_above(lines, last)
  local first = last + 1
  while is_comment(lines[first - 1]) do first = first - 1 end
  while first <= last and not lines[first]:find("^%s*%-%-%-") do first = first + 1 end
  if first <= last then return first, last end
end

--- The text of a comment line; a ruler of dashes is empty.
local function comment_text(line)
  local text = line:match("^%s*%-%-%-?(.*)$")
  return text:find("^%-*%s*$") and "" or text
end

--- The comment that a script begins with, for --help.
---@param source string
---@return string[]  lines without their dashes
function M.header(source)
  local lines = M.lines(source) or {}
  local at = 1
  if lines[1] and lines[1]:find("^\xEF?\xBB?\xBF?#") then at = 2 end
  while lines[at] and lines[at]:find("^%s*$") do at = at + 1 end
  local header = {}
  if not (lines[at] and lines[at]:find("^%s*%-%-%-")) then return header end
  while is_comment(lines[at]) and not lines[at]:find("^%s*%-%-%-@") do
    header[#header + 1] = comment_text(lines[at]):gsub("^ ", "")
    at = at + 1
  end
  while header[#header] == "" do header[#header] = nil end
  return header
end

---@param place string  "file:line"
local function fail(place, message, hint) errors.raise("usage", place .. ": " .. message, { hint = hint }) end

--- Names of a function's parameters, in order.
local function parameters(f, info)
  local names = {}
  for i = 1, info.nparams do names[i] = debug.getlocal(f, i) end
  return names
end

--- The words by which a line may call a function: `function NAME(`, `NAME = function(`.
local HEADS = {
  "function%s+([%a_][%w_.:]*)%s*(%b())",
  "([%a_][%w_.]*)%s*=%s*function%s*(%b())",
  "([%a_][%w_.]*)%s*<%s*%a+%s*>%s*=%s*function%s*(%b())",
  "%[%s*[\"']([^\"']+)[\"']%s*%]%s*=%s*function%s*(%b())",
}
local OPEN_HEADS = { -- the list of parameters goes on in the next line
  "function%s+([%a_][%w_.:]*)%s*%([^)]*$",
  "([%a_][%w_.]*)%s*=%s*function%s*%(?[^)]*$",
}

--- The name that the function's own line gives it. Several functions may stand
--- in one line: their parameters tell them apart.
local function name_in(line, names)
  local wanted = "(" .. table.concat(names, ",") .. ")"
  for _, head in ipairs(HEADS) do
    for name, list in line:gmatch(head) do
      local method = name:find(":", 1, true)
      if list:gsub("%s+", "") == wanted or method and names[1] == "self" then return name end
    end
  end
  for _, head in ipairs(OPEN_HEADS) do
    local name = line:match(head)
    if name then return name end
  end
end

--- Reads `---@param` lines and free text.
local function read_comment(lines, first, last, file)
  local params, text = {}, {}
  local current -- the parameter whose description may go on
  for at = first, last do
    local line = lines[at]
    local place = ("%s:%d"):format(file, at)
    local tag, from = line:match("^%s*%-%-%-%s*@([%w_-]+)%s*()")
    if tag == "param" then
      local name, mark, type_at = line:match("^([%w_.]+)(%??)%s*()", from)
      if not name then fail(place, "expected a name after @param") end
      if params[name] then fail(place, ("the parameter '%s' is documented twice"):format(name)) end
      local t, stop = types.prefix(line, type_at)
      if not t then
        fail(("%s:%d"):format(place, stop.column), ("parameter '%s': %s"):format(name, stop.reason), stop.hint)
      end
      if line:find("^[^%s]", stop) then
        fail(("%s:%d"):format(place, stop), ("parameter '%s': expected a space after its type"):format(name))
      end
      if line:find("^%s*=", stop) then
        fail(place, ("parameter '%s': a documentation comment gives no defaults"):format(name),
          ("let the function do it: '%s = %s or …'"):format(name, name))
      end
      current = types.field(name, t, mark == "?")
      local about = line:sub(stop):match("^%s*[#:-]*%s*(.-)%s*$")
      current.about = about ~= "" and about or nil
      params[name] = { field = current, place = place }
      params[#params + 1] = name
    elseif tag then
      current = nil
    else
      local words = comment_text(line)
      local more = current and words:match("^%s%s+(%S.*)$")
      if more then -- indented: the description of the parameter goes on
        current.about = (current.about and current.about .. " " or "") .. more:gsub("%s+$", "")
      else
        current = nil
        text[#text + 1] = words:match("^%s*(.-)%s*$")
      end
    end
  end
  return params, text
end

--- Joins lines; an empty one begins a new paragraph.
local function paragraphs(text)
  local joined = table.concat(text, "\n"):gsub("^\n+", ""):gsub("\n+$", "")
  return (joined:gsub("\n\n+", "\0"):gsub("\n", " "):gsub("\0", "\n"))
end

local function read(f)
  local info = debug.getinfo(f, "Su")
  if info.what == "C" or info.source:find "^@lash/" then
    local whose = info.what == "C" and "a C function" or "a function of lash, such as print,"
    errors.raise("usage", whose .. " has no documentation", { hint = "declare it with lash.tool{…}" })
  end
  local file = info.source:match("^@(.*)") or info.short_src
  local place = ("%s:%d"):format(file, info.linedefined)
  if info.what == "main" then fail(place, "a whole chunk is not a tool") end
  if info.isvararg then
    fail(place, "a function with '...' cannot be a tool", "a model gives arguments by name: name each parameter")
  end
  local lines = M.lines(info.source)
  if not lines then
    fail(place, "cannot read the text of the function, and so not its documentation", "use lash.tool{…}")
  end

  local names = parameters(f, info)
  local name = name_in(lines[info.linedefined] or "", names)
  if not name then
    fail(place, "a function without a name cannot be a tool", "write 'local function name(…)', or use lash.tool{…}")
  end
  if name:find(":", 1, true) or names[1] == "self" then
    fail(place, ("the method '%s' cannot be a tool: a model cannot send its self"):format(name),
      "wrap it in a function")
  end
  local first, last = comment_above(lines, info.linedefined - 1)
  if not first then
    fail(place, ("the function '%s' has no documentation"):format(name),
      "write '--- What it does.' and '---@param name type' right above it")
  end

  local documented, text = read_comment(lines, first, last, file)
  local result = { name = name:match("[^.]+$"), about = paragraphs(text), params = { kind = "object", fields = {} } }
  for i, param in ipairs(names) do
    local found = documented[param]
    if found then
      table.insert(result.params.fields, found.field)
    elseif i == #names and param == "ctx" then
      result.ctx = true
    else
      fail(place, ("the parameter '%s' of '%s' is not documented"):format(param, name),
        ("write '---@param %s type  what it is' above the function"):format(param))
    end
    names[param] = true
  end
  for _, param in ipairs(documented) do
    if not names[param] then
      local near = spelling.nearest(param, names)
      fail(documented[param].place, ("'%s' has no parameter '%s'"):format(name, param),
        near and ("did you mean '%s'?"):format(near))
    end
  end
  return result
end

---@class lash.Doc
---@field name string
---@field about string
---@field params lash.Type  an object, its fields in the order of the parameters
---@field ctx? boolean  a last parameter takes the call's context

--- Reads the documentation of a function.
---@param f function
---@return lash.Doc|nil
---@return lash.Error?  of kind usage, naming file and line
function M.read(f)
  local ok, result = pcall(read, f)
  if ok then return result end
  if errors.is(result) and result.kind == "usage" then return nil, result end
  error(result, 0)
end

return M
