--- lash job uninstall FILE|NAME: the system starts the job no more. What is remembered
-- of its runs stays.
local errors = require "lash.errors"
local installed = require "lash.job.installed"
local options = require "lash.cli.options"
local output = require "lash.output"
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"

local USAGE = "usage: lash job uninstall FILE|NAME"

--- The entries that are meant. A script may be gone, or broken: what was installed of its
-- path is known without it.
local function find(places, word)
  local path = sys.realpath(word)
  if not path then
    local folder, name = ((word:find "^/" and "" or (sys.cwd() or "") .. "/") .. word):match "^(.*)/([^/]*)$"
    path = (sys.realpath(folder) or folder) .. "/" .. name
  end
  local entries = places:of_script(path)
  if #entries == 0 then entries = places:of_name(word) end
  if #entries > 0 then return entries end
  local stat = sys.stat(word)
  if not stat or stat.type == "directory" then return {}, word end
  local job = require "lash.job.load"(path)
  installed.check_name(places, job)
  return places:of_name(job.name)
end

---@param argv string[]
---@return integer exit
return function(argv)
  local found = { words = {} }
  options.read(argv, 1, { help = { set = function(f) f.help = true end } }, found, true)
  if found.problem then error(found.problem, 0) end
  if found.help then return require "lash.cli.help" { "job" } end
  if #found.words ~= 1 then
    errors.raise("usage", "lash job uninstall: " .. (#found.words == 0 and "which job?" or "one job at a time"),
      { hint = USAGE })
  end
  local _lock <close> = installed.lock()
  local places = installed.look()
  local entries, name = find(places, found.words[1])
  if #entries == 0 then
    places:need_crontab()
    local names = {}
    for i, entry in ipairs(places.entries) do names[i] = entry.name end
    local near = name and spelling.nearest(name, names)
    errors.raise("input", ("no job '%s' is installed"):format(found.words[1]),
      { hint = near and ("did you mean '%s'?"):format(near) or "`lash job list` shows those that are" })
  end
  for _, entry in ipairs(entries) do
    places:remove(entry)
    output.write(("%s: no longer %s\n"):format(entry.name, installed.where(entry)))
  end
  return 0
end
