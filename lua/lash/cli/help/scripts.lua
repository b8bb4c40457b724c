return [[
#!/usr/bin/env lash
local lash = require "lash"

--- Current weather for a city.
---@param city string
local function weather(city)
  return { city = city, celsius = 21 }
end

local agent = lash.agent { instructions = "Be brief.", tools = { weather } }
print(agent "What is the weather in Hanoi?")

agents      lash.agent lash.ask lash.models lash.budget
tools       lash.tool lash.cmd lash.policy
workflows   lash.workflow
waiting     lash.all lash.map lash.race lash.timeout lash.spawn lash.sleep
the world   lash.http lash.sh lash.exec lash.fs lash.state
a script    lash.args lash.stdin lash.env lash.json lash.log lash.dir
errors      lash.try lash.fail
others      lash.secret lash.version

`man lash-script` has each of them. `lash init` writes a first script.]]
