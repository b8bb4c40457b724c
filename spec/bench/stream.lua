--- Takes one answer event by event, as a script does.
--
-- usage:   lash spec/bench/stream.lua CHARACTERS
local lash = require "lash"
local args = lash.args "characters: integer  -- that the answer must have"

local n = 0
for ev in lash.agent {}:stream "Hi" do
  if ev.type == "text" then n = n + #ev.text end
end
if n ~= args.characters then lash.fail("protocol", ("the answer has %d characters"):format(n)) end
