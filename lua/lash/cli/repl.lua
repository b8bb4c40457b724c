--- lash -i [SCRIPT [ARG…]]: a Lua prompt, behind a script when there is one.
local script = require "lash.cli.script"

---@param words string[]
---@param i integer  where the script stands
---@return integer exit
return function(words, i)
  collectgarbage "restart" -- stopped while the program starts; see host.c
  if words[i] then script.file(words[i], words, i + 1) else script.prepare(words, i) end
  local agent = require("lash.agent").new(require("lash.context").agent_name or {})
  return require("lash.cli.repl.prompt").open { agent = agent }
end
