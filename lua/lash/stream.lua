--- Events of a task as an iterator, made for `for`.
--
-- One event stands there at a time: who tells of it waits until the next one is
-- asked for, and so do other tasks below it that have something to tell.
local sched = require "lash.sched"

local leave = {
  __close = function(self)
    for i, task in ipairs(self.tellers) do
      if task == self.task then
        table.remove(self.tellers, i)
        break
      end
    end
    for _, task in ipairs(self.tellers) do sched.wake(task) end
  end,
}

--- Starts `work(tell)` as a task. Leaving the loop cancels it.
---@param work async fun(tell: fun(event: table))
---@return fun(): table? next
---@return nil
---@return nil
---@return lash.Task closing
return function(work)
  local event, consumer, producer ---@type table?, lash.Task?, lash.Task
  local handed = false -- the event was given to the loop; one may stand there before that asks
  local tellers = {} ---@type lash.Task[]  in their order; the first one's event stands there

  local function tell(ev)
    if producer.cancelled then return end -- the loop was left: nobody will ask
    local task = sched.current()
    table.insert(tellers, task)
    local _leave <close> = setmetatable({ task = task, tellers = tellers }, leave)
    while event or tellers[1] ~= task do sched.park() end
    event = ev
    if consumer then sched.wake(consumer) end
    while event == ev do sched.park() end
  end

  producer = sched.spawn_daemon(work, tell)

  local function next_event()
    if handed then -- the last one is dealt with
      event, handed = nil, false
      for _, task in ipairs(tellers) do sched.wake(task) end
    end
    consumer = sched.current()
    producer.feeds = consumer
    producer:notify()
    while not event and not producer.done do sched.park() end
    if not event then producer:join() end
    handed = event ~= nil
    return event
  end
  return next_event, nil, nil, producer
end
