--- What the words of a command line are, for completion: options, subcommands, and
-- the kinds of the other words (see values.lua). `more`: the last kind is that of
-- all further words, too.
local options = require "lash.cli.options"

---@class lash.cli.complete.Node
---@field topic? string  the page of the help with its options
---@field options? table<string, lash.cli.Option>
---@field commands? table<string, lash.cli.complete.Node>
---@field words? string[]
---@field more? boolean

local M = {}

--- Of what kind the value of an option is; the others can be anything.
M.kinds = {
  agent = "agent", config = "files", day = "day", directory = "folders", helper = "lua", image = "files",
  model = "model", output = "files", provider = "provider", session = "session", state = "state", thinking = "level",
  tool = "tool",
}

local SWITCH, VALUE = {}, { value = "VALUE" }

--- A script's arguments are its own.
M.script = { words = { "files" }, more = true }

--- Of `lash runs`, each subcommand says which options it takes.
local function runs(name, words, more)
  return { topic = "runs", options = require("lash.cli.runs." .. name).options, words = words, more = more }
end

local function with(common, own) return setmetatable(own, { __index = common }) end

--- What is for the shells to see of options, as in cli/options.lua.
local function listed(names)
  local set = {}
  for name in names:gmatch "%S+" do set[name:gsub("=$", "")] = name:find "=$" and VALUE or SWITCH end
  return set
end

local JSON = listed "json"

M.start = {
  topic = "options",
  options = with(options.common, { version = SWITCH }),
  words = { "lua" },
  commands = {
    ask = { topic = "options", options = options.ask, words = { "prompt" }, more = true },
    chat = { topic = "options", options = options.chat },
    check = { topic = "options", options = options.check },
    fake = { topic = "fake", options = listed "port=", words = { "lua" } },
    help = { words = { "topic" } },
    init = { words = { "folders" } },
    job = { topic = "job", commands = {} },
    models = { topic = "models", options = JSON, words = { "model" } },
    runs = runs("list", { "run_name" }),
    sessions = { topic = "sessions", options = JSON, commands = {
      show = { topic = "sessions", options = JSON, words = { "session" } },
      rm = { words = { "session" } },
    } },
    test = { topic = "test", words = { "files" }, more = true,
      options = listed "directory= filter= filter-out= helper= no-keep-going output= repeat= shuffle tags=" },
    trust = { words = { "folders" } },
  },
}

M.start.commands.runs.commands = {
  show = runs("show", { "run" }),
  approve = runs("approve", { "waiting", "answer", "question" }),
  resume = runs("resume", { "run" }),
  rm = runs("rm", { "run" }, true),
  export = runs("export", { "run", "files" }),
  import = runs("import", { "files" }),
}

local JOB = { install = "cron dry-run systemd", list = "json", next = "-n=", run = "", uninstall = "",
  verify = "json quiet" }

for name, names in pairs(JOB) do
  M.start.commands.job.commands[name] = { topic = "job", options = listed(names), words = { "lua" } }
end
M.start.commands.job.commands.uninstall.words = { "installed" }

return M
