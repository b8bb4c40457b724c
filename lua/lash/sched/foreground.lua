--- A task which Ctrl-C ends, and not the run: for prompts that are answered one by one.
local interrupt = require "lash.core.interrupt"
local sched = require "lash.sched"

--- Before anybody else meets it; one that came too late for this task is the next one's.
local function forget(task)
  if not task.ok then interrupt.forget() end
end

--- Calls f(...) as such a task: when it was ended, this is false and the error, and the
--- next Ctrl-C is another one. So it is with any error, but one that ends the run.
---@async
---@param f async fun(...): ...
---@return boolean ok
---@return any ...
return function(f, ...)
  local task = sched.spawn_daemon(f, ...)
  local outer = sched.foreground
  if not outer then interrupt.spare() end -- what comes between two of them is the next one's
  sched.foreground = task
  task.on_done = forget
  local results = table.pack(pcall(task.join, task))
  sched.foreground = outer
  local err = interrupt.pending()
  if err and err.signal ~= "SIGINT" then error(err, 0) end
  return table.unpack(results, 1, results.n)
end
