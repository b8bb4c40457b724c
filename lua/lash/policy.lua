--- Policies: what the built-in tools of an agent may do without being asked.
--
--     lash.policy { read = { "src/**" }, write = "ask", exec = { "git status", { "npm", "test" } }, net = "deny" }
--
-- Each is "allow", "ask", "deny", or a list of what is allowed; all else asks.
-- Decided is on real paths and on the words of a command, never on how
-- somebody has written them.
local context = require "lash.context"
local errors = require "lash.errors"
local glob = require "lash.glob"
local place = require "lash.core.place"
local sys = require "lash.core.sys"

local M = {}

---@alias lash.Verdict "allow"|"ask"|"deny"

---@class lash.Rules  a policy, ready to decide
---@field private decisions table<string, fun(subject: any): lash.Verdict>
---@field private listed table<string, true>  kinds for which there is a list
local Rules = {}
Rules.__index = Rules
Rules.__name = "lash.Rules"

local Policy = { __name = "lash.Policy", __tostring = function() return "lash.policy" end }

--- The real path of that part of a pattern that has no wildcards, and the rest. Wildcards
-- in the names of folders that are there stand for themselves.
local function absolute(pattern, folder)
  local base = ""
  if pattern:find "^~/" or pattern == "~" then
    base, pattern = sys.home() or "/nonexistent", pattern:sub(2)
  elseif not pattern:find "^/" then
    base, pattern = folder, "/" .. pattern
  end
  local plain, rest = pattern:match "^(.-)(/[^/]*[*?%[{].*)$"
  if not plain then plain, rest = pattern, "/**" end -- a folder: all in it
  plain = base .. plain
  return glob.literal(plain ~= "" and place.real(plain) or plain) .. rest
end

local function refuse(kind, message, hint)
  errors.raise("usage", ("policy: %s: %s"):format(kind, message), { hint = hint })
end

--- Has it a bracket without its other half? That stands for itself, where
-- something else was meant.
local function is_unbalanced(pattern)
  return pattern:gsub("%[[!^]?%]?[^%]]*%]", ""):gsub("%b{}", ""):find "[%[{}]" ~= nil
end

local function path_list(patterns, folder, kind)
  local matchers = {}
  for i, pattern in ipairs(patterns) do
    if not pattern:find "%S" then
      refuse(kind, "an empty path would allow the whole working folder", '"." stands for that')
    elseif is_unbalanced(pattern) then
      refuse(kind, ("a bracket without its other half in '%s'"):format(pattern), "[[] and [{] are those characters")
    end
    local match, message = glob.new(absolute(pattern, folder))
    if not match then refuse(kind, message) end
    matchers[i] = match
  end
  return function(path)
    for _, match in ipairs(matchers) do
      if match(path) then return "allow" end
    end
    return "ask"
  end
end

local function begins_with(argv, prefix)
  for i, word in ipairs(prefix) do
    if argv[i] ~= word then return false end
  end
  return true
end

local function command_list(prefixes)
  local list = {}
  for i, prefix in ipairs(prefixes) do
    list[i] = prefix
    if type(prefix) == "string" then
      list[i] = {}
      for word in prefix:gmatch "%S+" do table.insert(list[i], word) end
    end
    if #list[i] == 0 then refuse("exec", "a command without words would allow them all") end
  end
  return function(argv)
    for _, prefix in ipairs(list) do
      if begins_with(argv, prefix) then return "allow" end
    end
    return "ask"
  end
end

--- "*.example.com" stands for what is below it, not for example.com.
local function host_list(patterns)
  for _, pattern in ipairs(patterns) do
    local name = pattern:gsub("^%*%.", "")
    if name == "" or name:find "[%s/*?@]" or name:find "^[^:]*:[^:]*$" then
      refuse("net", ("'%s' is no host"):format(pattern), "a name alone: example.com, or *.example.com for all below it")
    end
  end
  return function(host)
    host = host:lower():gsub("%.$", "")
    for _, pattern in ipairs(patterns) do
      local below = pattern:lower():match "^%*(%..+)$"
      if host == pattern:lower() or below and #host > #below and host:sub(-#below) == below then return "allow" end
    end
    return "ask"
  end
end

local LISTS = { read = path_list, write = path_list, exec = command_list, net = host_list }

--- Makes the policy of all agents that have none of their own: `lash.policy{…}`.
--- What it returns can be given to agents, too.
---@param given table
---@return table
function M.new(given)
  local message, hint = require("lash.config.schema").agent_fields.policy(given, "")
  if message then errors.raise("usage", "lash.policy: " .. message, { hint = hint }) end
  local copy = {}
  for key, value in pairs(given) do copy[key] = value end
  M.rules(copy)
  context.policy = setmetatable(copy, Policy)
  return copy
end

--- Makes a policy ready to decide. What it says nothing of is asked, but
--- reading in the working folder.
---@param policy? table
---@return lash.Rules
function M.rules(policy)
  policy = policy or {}
  local folder = sys.cwd() or "/nonexistent"
  local decisions, listed = {}, {}
  for kind, list in pairs(LISTS) do
    local rule = policy[kind] or (kind == "read" and { "." } or "ask")
    listed[kind] = type(rule) == "table" or nil
    decisions[kind] = listed[kind] and list(rule, folder, kind) or function() return rule end
  end
  return setmetatable({ decisions = decisions, listed = listed }, Rules)
end

--- What is to happen with a subject: a real path, the words of a command, or
--- the name of a host.
---@param kind "read"|"write"|"exec"|"net"
---@param subject string|string[]
---@return lash.Verdict
function Rules:decide(kind, subject) return self.decisions[kind](subject) end

--- Is the subject allowed because a list has it, not because everything is?
---@param kind "read"|"write"|"exec"|"net"
---@param subject string|string[]
---@return boolean
function Rules:names(kind, subject) return self.listed[kind] ~= nil and self:decide(kind, subject) == "allow" end

return M
