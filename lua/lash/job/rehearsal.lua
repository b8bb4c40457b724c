--- What `lash job run` does when `lash job verify` has started it: the work, up to its
-- first request, with a copy of lash's state, so that nothing is left of it there.
local errors = require "lash.errors"
local host = require "lash.host"
local rehearsal = require "lash.rehearsal"
local store = require "lash.store"
local sys = require "lash.core.sys"

local M = {}

local PRIVATE_FOLDER = 448 -- 0700
local NOT_COPIED = { ["lash.db"] = true, ["lash.db-wal"] = true, ["lash.db-shm"] = true, ["lash.lock"] = true }

--- Puts a copy of lash's state into a folder, and makes it that of this process.
---@async
local function copy_state(folder)
  local from, to = store.folder(), folder .. "/lash"
  assert(sys.mkdir_p(to, PRIVATE_FOLDER))
  local fs = require "lash.fs"
  if fs.exists(from .. "/lash.db") then
    store.exec("VACUUM INTO ?", to .. "/lash.db")
    store.close()
  end
  local argv = { "cp", "-R", "--" }
  for _, name in ipairs(fs.exists(from) and fs.list(from) or {}) do
    if not NOT_COPIED[name] then argv[#argv + 1] = from .. "/" .. name end
  end
  if #argv > 3 then
    argv[#argv + 1] = to
    require("lash.exec").sh(argv)
  end
  assert(sys.setenv("XDG_STATE_HOME", folder))
end

--- Notes how a part of it ended, unless that went well.
local function note_end(name, err)
  if host.is_exit(err) then
    return rehearsal.note(err.exit == 0 and { type = "ended" } or { type = "exit", exit = err.exit })
  end
  local known = errors.is(err) and err or errors.new("internal", errors.text(err))
  rehearsal.note { type = "failed", part = name, kind = known.kind, message = known.message, hint = known.hint,
    exit = known.exit }
end

--- Does a part of it. An end of the run passes every pcall, but no <close>.
---@async
local function part(name, f, ...)
  local _end <close> = setmetatable({}, { __close = function(_, err)
    if err ~= nil then note_end(name, err) end
  end })
  local results = table.pack(f(...)) -- no tail call: it would close first
  return table.unpack(results, 1, results.n)
end

--- `when` as it is, and what it says.
local function watched(when)
  return function(last)
    local found = part("when", when, last)
    rehearsal.note { type = "when", yes = found and true or false }
    return found
  end
end

--- Does the work of a job's script, up to its first request.
---@async
---@param path string
---@param look fun()  at the configuration, once the script's folder is known
function M.run(path, look)
  local job = part("job", require "lash.job.load", path)
  rehearsal.note { type = "job", name = job.name, ping = job.ping ~= nil }
  look()
  local _lock <close> = part("lock", function()
    return store.lock("job/" .. job.name) or errors.raise("locked", ("the job '%s' is at work now"):format(job.name))
  end)
  part("state", copy_state, rehearsal.folder() .. "/state")
  if job.when then job.when = watched(job.when) end
  part("work", require("lash.job.work").now, job, {})
  rehearsal.note { type = "ended" }
end

return M
