--- Calls of built-in tools as a run makes them.
local config = require "lash.config"
local folder = require "spec.support.folder"
local guard = require "lash.guard"
local sched = require "lash.sched"
local tool = require "lash.tool"
local tty = require "lash.core.tty"

local M = {}

--- A run of its own in a folder with all rights; `settings` may say otherwise.
-- What a tool says is text, and whether it went well.
---@param dir spec.Folder  a home and a place for files
---@param settings? table
---@return fun(name: string, arguments: table): boolean, string
---@return lash.Run run
function M.run(dir, settings)
  local run = { denied = {} }
  settings = settings or { policy = { read = { dir.path }, write = { dir.path } } }
  return function(name, arguments)
    local restore = folder.environment { HOME = dir.path .. "/home", PATH = M.path }
    local open = tty.open
    tty.open = function() return nil, "nobody is asked in a spec", "missing" end
    config.load { cwd = dir.path }
    local results = table.pack(pcall(sched.run, function()
      local g <close> = guard.new(settings, run)
      return tool.from(name):call(arguments, { name = name, attempt = 1, guard = g })
    end))
    restore()
    tty.open = open
    if not results[1] then error(results[2], 0) end
    return table.unpack(results, 2, results.n)
  end, run
end

return M
