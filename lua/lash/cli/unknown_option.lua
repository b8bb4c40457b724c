--- What a person is told of an option that there is not.
local errors = require "lash.errors"
local option_names = require "lash.cli.option_names"
local spelling = require "lash.spelling"

--- The options in force, as they are written.
local function written(options, known)
  local names = option_names(options)
  for i, name in ipairs(names) do names[i] = (name:find "^%-" and "" or "--") .. name end
  if options == known.common then names[#names + 1] = "--version" end -- main.c knows it
  return names
end

--- Raises why a word is no option.
---@param word string
---@param options table<string, lash.cli.Option>  those that there are
---@param known table  options.lua
return function(word, options, known)
  local is_version = word == "-V" and options == known.common
  local near = is_version and "--version" or spelling.nearest(word, written(options, known))
  local name = known.letters[word:match "^%-?(%a)$" or ""] or word:match "^%-%-(.*)$"
  local of ---@type string?  a command that has it
  for _, command in ipairs { "ask", "chat", "check" } do
    of = of or name and known[command][name] and command
  end
  local is_ours = options == known.common or options == known.ask or options == known.chat or options == known.check
  local hint = of and options == known.common and ("it stands behind its command: lash %s %s"):format(of, word)
    or near and ("did you mean '%s'?"):format(near)
    or of and is_ours and ("it is an option of `lash %s`"):format(of)
    or not is_ours and "there are " .. table.concat(written(options, known), ", ")
  errors.raise("usage", ("unknown option '%s'"):format(word), { hint = hint or "lash --help lists them" })
end
