#!/usr/bin/env lash
--- An agent with one tool, streaming: the shortest useful script.
--
-- usage:   lash scripts/hello.lua [--city CITY]
-- output:
--   It is 21 degrees in Hanoi.
local lash = require "lash"
local args = lash.args "city: string = 'Hanoi'  -- whose weather to ask for"

--- Current weather for a city.
---@param city string
local function weather(city) return { city = city, celsius = 21 } end

local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }

for event in agent:stream("What is the weather in " .. args.city .. "?") do
  if event.type == "text" then
    io.write(event.text)
    io.flush()
  end
end
print()
