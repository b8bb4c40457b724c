--- What may stand at the cursor of a command line: a shell's completion asks
-- `lash -q -e 'require "lash.cli.complete" (...)' lash WORD…`, where the last word is
-- what is written of the one at the cursor.
--
-- A line each: VALUE, and behind a tab what it is. A line that begins with a tab asks
-- the shell for files: kind ("files", "lua", "folders"), and behind another tab the
-- beginning of the word that is none of the path. The shell keeps what fits.
local options = require "lash.cli.options"

--- The word that an option stands for, and what is glued to it: "--model=x", "-mx".
local function split(word, known)
  local name, value = word:match "^%-%-([^=]+)=(.*)$"
  name = name or word:match "^%-%-(.+)$"
  if name then return known[name] or nil, name, value end
  for i = 2, #word do
    name = options.letters[word:sub(i, i)] or "-" .. word:sub(i, i) -- "-n": an option of one command
    local option = name and known[name]
    if option and option.value then return option, name, i < #word and word:sub(i + 1) or nil end
  end
end

--- Where the cursor is: what is known of the command, how many words it has already,
-- and the option whose value is wanted.
---@param words string[]  without the program's
local function walk(words)
  local grammar = require "lash.cli.complete.grammar"
  local at = { node = grammar.start, given = {}, free = true, config = nil }
  local i = 1
  while i < #words do
    local word, node = words[i], at.node
    local option, name, value
    if at.free and word:find "^%-." then option, name, value = split(word, node.options or {}) end
    if at.free and word == "--" then
      at.free = false
    elseif option and option.value and not value then
      if i + 1 == #words then at.option = name end
      value = words[i + 1]
      i = i + 1
    elseif at.free and word:find "^%-." then -- luacheck: ignore 542 (a switch; nothing is to be done)
    elseif node.commands and node.commands[word] and #at.given == 0 then
      at.node = node.commands[word]
    elseif node == grammar.start then
      at.node = grammar.script
    else
      table.insert(at.given, word)
    end
    if name == "config" and option then at.config = value end
    if option and option.last and not at.option then at.node = grammar.script end
    i = i + 1
  end
  return at
end

local function print_line(...) require("lash.output").write(table.concat({ ... }, "\t") .. "\n") end

--- Candidates of a kind; `prefix`: what of the word stands before them.
local function print_values(kind, at, prefix)
  local values = require "lash.cli.complete.values"
  if values.PATHS[kind] then return print_line("", kind, prefix) end
  for _, pair in ipairs(values.of(kind, at)) do
    if not pair[1]:find "%c" then print_line(prefix .. pair[1], pair[2]) end
  end
end

local function print_options(node, cur)
  local page = require("lash.cli.complete.values").page(node.topic)
  local letters = {}
  for letter, name in pairs(options.letters) do letters[name] = letter end
  for _, name in ipairs(require "lash.cli.option_names"(node.options)) do
    if letters[name] and not cur:find "^%-%-" then print_line("-" .. letters[name], page[name]) end
    local is_letter = name:find "^%-"
    if not is_letter or not cur:find "^%-%-" then print_line(is_letter and name or "--" .. name, page[name]) end
  end
end

---@param ... string  the words of the command line; the last is what is written of it
return function(...)
  local words = { ... }
  table.remove(words, 1)
  local cur = words[#words] or ""
  local at = walk(words)
  local node = at.node
  local grammar = require "lash.cli.complete.grammar"
  if at.option then return print_values(grammar.kinds[at.option], at, "") end
  local is_option = at.free and node.options and cur:find "^%-"
  if is_option then
    local option, name, value = split(cur, node.options)
    if value then return print_values(option and grammar.kinds[name], at, cur:sub(1, #cur - #value)) end
    print_options(node, cur)
    if cur ~= "-" then return end
  end
  local kind = node.words and (node.words[#at.given + 1] or node.more and node.words[#node.words])
  if kind == "prompt" then
    print_line("-", "standard input")
    if cur:find "^@" then print_values("files", at, "@") end
  elseif kind == "installed" then
    print_values("installed", at, "")
    print_values("lua", at, "")
  elseif not is_option then
    if node.commands and #at.given == 0 then print_values("command", at, "") end
    if kind then print_values(kind, at, "") end
  end
end
