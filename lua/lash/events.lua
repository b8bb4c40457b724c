--- The events of a run as an iterator for `for`, one at a time.
local sched = require "lash.sched"

--- Runs `start` in a task of its own; it goes on only when the next event is asked
-- for. Leaving the loop cancels it.
---@async
---@param start async fun(listener: fun(event: table))
---@return fun(): table?
return function(start)
  local event, consumer ---@type table?, lash.Task?
  local producer ---@type lash.Task
  producer = sched.spawn_daemon(function()
    start(function(ev)
      event = ev
      if consumer then sched.wake(consumer) end
      while event do sched.park() end
    end)
  end)
  local function next_event()
    if event then -- the last one is dealt with
      event = nil
      sched.wake(producer)
    end
    consumer = sched.current()
    producer:notify()
    while not event and not producer.done do sched.park() end
    if not event then producer:join() end
    return event
  end
  return next_event, nil, nil, producer
end
