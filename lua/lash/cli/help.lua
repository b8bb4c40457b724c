--- lash --help, lash help [TOPIC]. A topic is a file of help/ that returns its text,
-- and a word in help/topics.lua.
local errors = require "lash.errors"
local output = require "lash.output"
local spelling = require "lash.spelling"
local topics = require "lash.cli.help.topics"

--- help/init.lua would be the module of this file.
local FILES = { help = "lash", init = "new" }

---@param argv string[]
---@return integer exit
return function(argv)
  local wanted = argv[1] or "help"
  for _, topic in ipairs(topics) do
    if topic == wanted then
      local text = require("lash.cli.help." .. (FILES[topic] or topic))
      if output.on_print then output.on_print(text .. "\n") else output.write_public(text .. "\n") end
      return 0
    end
  end
  local near = spelling.nearest(wanted, topics)
  errors.raise("usage", ("there is no help on '%s'"):format(wanted),
    { hint = near and ("did you mean '%s'?"):format(near) or "topics: " .. table.concat(topics, ", ") })
end
