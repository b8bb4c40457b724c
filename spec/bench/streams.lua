--- Asks many questions at once; every answer must be whole.
--
-- usage:   lash spec/bench/streams.lua STREAMS WORDS
local lash = require "lash"
local args = lash.args "streams: integer, words: integer"

local list = {}
for i = 1, args.streams do list[i] = "Tell me about " .. i end
local answers = lash.map(list, { max = #list }, function(x) return lash.ask(x) end)
for i = 1, #list do
  local _, words = answers[i]:gsub("word%d%d ", "")
  if words ~= args.words then lash.fail("malformed", ("answer %d has %d words"):format(i, words)) end
end
