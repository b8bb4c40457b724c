--- Asks many questions at once; every answer must be whole.
--
-- usage:   lash spec/bench/streams.lua STREAMS WORDS
local lash = require "lash"
local args = lash.args "streams: integer, words: integer"

local list = {}
for i = 1, args.streams do list[i] = "Tell me about " .. i end
local answers = lash.map(list, { max = #list }, function(x) return lash.ask(x) end)
local _, words = answers[1]:gsub("word%d%d ", "")
if words ~= args.words then lash.fail("protocol", ("an answer has %d words"):format(words)) end
for i = 2, #list do
  if answers[i] ~= answers[1] then lash.fail("protocol", ("answer %d differs"):format(i)) end
end
