--- The time and the random numbers of a test: the same in every run of it.
--
-- The wall clock begins at a fixed instant and goes on from there; the monotonic one,
-- which all waiting is measured by, is left alone.
local loop = require "lash.core.loop"
local sys = require "lash.core.sys"

local M = {}

--- Where it begins: 2026-01-01 12:00:00 UTC, a Thursday.
M.START = 1767268800

local SEED = 1
local DIGITS = "0123456789abcdefghjkmnpqrstvwxyz" -- Crockford's base 32, as src/bind/lua_sys.c

local at, began = M.START, 0
local state, made = 0, 0 -- of ids: the generator, and how many there were
local installed = false

local function now() return at + loop.now() - began end

--- splitmix64: a generator of our own, so that ids leave math.random alone.
local function random()
  state = state + 0x9E3779B97F4A7C15
  local z = state
  z = (z ~ z >> 30) * 0xBF58476D1CE4E5B9
  z = (z ~ z >> 27) * 0x94D049BB133111EB
  return z ~ z >> 31
end

--- 10 digits of milliseconds, 16 random ones; no two have the same time.
local function random_id()
  made = made + 1
  local ms, digits = math.floor(at * 1000) + made, {}
  for i = 10, 1, -1 do
    digits[i] = ms & 31
    ms = ms >> 5
  end
  for i = 11, 26 do digits[i] = random() & 31 end
  for i, digit in ipairs(digits) do digits[i] = DIGITS:sub(digit + 1, digit + 1) end
  return table.concat(digits)
end

local function install()
  local date, time = os.date, os.time
  sys.setenv("TZ", "UTC")
  time { year = 2000, month = 1, day = 1 } -- has the C library look at it
  sys.wall = now
  ---@diagnostic disable: duplicate-set-field
  os.time = function(fields)
    if fields == nil then return math.floor(now()) end
    return time(fields)
  end
  os.date = function(format, seconds)
    if seconds == nil then seconds = math.floor(now()) end
    return date(format or "%c", seconds)
  end
end

--- Begins anew; ids go on, for what they name may be in one database.
---@param time? number  epoch seconds
---@param number? integer  of the process in its test, which fixes its ids: they are later than those of
--- a process before it, and others
function M.begin(time, number)
  began, at = loop.now(), time or M.START
  math.randomseed(SEED)
  if number then
    state, made = SEED + number, number * 1000000
    sys.random_id = random_id
  end
  if not installed then install() end
  installed = true
end

return M
