--- A job that has nothing to do.
--
-- usage:   lash job run spec/bench/never.lua
local lash = require "lash"

return lash.job {
  name = "never",
  schedule = "* * * * *",
  when = function() return false end,
  run = function() end,
}
