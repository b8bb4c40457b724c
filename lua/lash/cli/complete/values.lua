--- The candidates of completion, by kind: pairs of a value and what it is.
local context = require "lash.context"
local output = require "lash.output"

local M = {}

--- Kinds for which the shell looks at files itself.
M.PATHS = { files = true, folders = true, lua = true }

local WIDTH = 60 -- characters of a description

local function shown(text)
  return text and output.shorten(output.visible(output.one_line(text)), WIDTH)
end

--- What a line of the help says in short.
local function summary(text) return shown(text:match("^[^;]+"):gsub(":$", "")) end

local function names(list)
  local pairs_of = {}
  for i, name in ipairs(list) do pairs_of[i] = { name } end
  return pairs_of
end

local function words(text)
  local list = {}
  for word in text:gmatch "%S+" do list[#list + 1] = { word } end
  return list
end

--- What the help says of options: name -> text. A page of a command comes before the
-- page of all.
---@param topic? string
---@return table<string, string>
function M.page(topic)
  local found = {}
  for _, name in ipairs { "options", topic } do
    for line in require("lash.cli.help." .. name):gmatch "[^\n]+" do
      local option, text = line:match "^[%s%a,-]*%-%-([%w-]+)[^\n]-%s%s+(%S.*)$"
      if option then found[option] = summary(text) end
    end
  end
  return found
end

--- The state is only looked at: no file of it is made.
local function has_state()
  local folder = require("lash.xdg").state()
  return folder and require("lash.core.sys").stat(folder .. "/lash.db") ~= nil
end

local function config(at)
  context.config = at.config
  return require("lash.config").load()
end

--- Subcommands, as the help tells of them.
local function commands(at)
  local list = {}
  if at.node.commands.ask then
    local page = require "lash.cli.help.lash"
    for line in page:match "\ncommands:\n(.-)\noptions":gmatch "[^\n]+" do
      local name, text = line:match "^  (%l+).-%s%s+(.+)"
      if name then list[#list + 1] = { name, summary(text) } end
    end
    return list
  end
  for name in pairs(at.node.commands) do list[#list + 1] = { name } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

local function agents(at)
  local list = {}
  for _, name in ipairs(config(at):names "agents") do
    if name ~= "defaults" then list[#list + 1] = { name } end
  end
  return list
end

local function providers(at)
  local list = { { "dashscope" } }
  for _, name in ipairs(config(at):names "providers") do
    if name ~= "dashscope" then list[#list + 1] = { name } end
  end
  return list
end

local function models(at)
  config(at) -- knows models, too
  local list = {}
  for _, name in ipairs(require("lash.models.names").real()) do
    if not name:find("*", 1, true) then list[#list + 1] = { name } end
  end
  return list
end

local function sessions()
  if not has_state() then return {} end
  local json = require "lash.core.json"
  local list = {}
  for i, row in ipairs(require("lash.store.sessions").list()) do
    local first = row.first and json.decode(row.first)
    local text = first and type(first.content) == "string" and first.content or row.agent
    list[i] = { row.id, shown(text) }
  end
  if #list > 0 then table.insert(list, 1, { "last", "the one used last" }) end
  return list
end

local function runs(_, state)
  if not has_state() then return {} end
  local list = {}
  require("lash.store.list").each({ state = state }, function(row)
    list[#list + 1] = { row.id, shown(("%s, %s"):format(row.name, require("lash.cli.runs.shown").state(row))) }
    return #list >= 100
  end)
  if #list > 0 and not state then table.insert(list, 1, { "last", "the one touched last" }) end
  return list
end

local function run_names()
  local list = has_state() and require("lash.store.list").names() or {}
  table.sort(list)
  return names(list)
end

--- Jobs that are installed, and where.
local function installed()
  local known, list = require "lash.job.installed", {}
  for i, entry in ipairs(known.look().entries) do list[i] = { entry.name, known.where(entry) } end
  return list
end

--- Keys of what the run is asking, which the word before names.
local function questions(at)
  if not has_state() then return {} end
  local list = {}
  local row = require("lash.cli.runs.find").run(at.given[1])
  for i, e in ipairs(require("lash.store.runs").questions(row.number)) do
    list[i] = { e.key, shown(require("lash.cli.runs.shown").question(e).text) }
  end
  return list
end

local SOURCES = {
  agent = agents,
  answer = function() return words "yes no" end,
  command = commands,
  installed = installed,
  day = function() return words "today yesterday" end,
  level = function() return words "off low medium high" end,
  model = models,
  provider = providers,
  question = questions,
  run = runs,
  run_name = run_names,
  session = sessions,
  state = function() return names(require("lash.cli.runs.shown").STATES) end,
  tool = function() return names(require("lash.tool.built_in").names) end,
  waiting = function(at) return runs(at, "waiting") end,
  topic = function() return names(require "lash.cli.help.topics") end,
}

--- Nothing where something fails: a person in the middle of a line asked for no error.
---@param kind? string
---@param at table  the place in the command line
---@return { [1]: string, [2]?: string }[]
function M.of(kind, at)
  if not kind then return {} end
  local ok, list = pcall(SOURCES[kind], at)
  return ok and list or {}
end

return M
