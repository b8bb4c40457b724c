return [[
workflows: what a script has done is kept while it goes; stopped by an error, a
question, Ctrl-C or kill -9, the same command goes on where it was. Nothing that
was answered is asked or paid a second time.

  return lash.workflow { name = "triage", params = "file: string",
    run = function(w, args)
      local list = w:step("read", function() return lash.fs.list "." end)
      local kinds = w:map("kind", list, function(it) return lash.ask(it) end)
      if not w:approve("Write " .. #kinds .. " kinds?") then return "no" end
      return w:step("write", function(ctx) return put(kinds, ctx.key) end)
    end }

  w:step(name, f)       its result is stored before the next begins
  w:map(name, list, f)  an item a step, 8 at a time; key = "id" knows items
  w:all { a = f }       side by side        w:sleep(d)  over restarts, too
  w:approve(question)   without a terminal: 75, and `lash runs approve ID yes`
  w:compensate(f)       undoes what was done, should the run fail

A body runs at least once; ctx.key is the same each time. Name and arguments say
which run is meant. A step that is given something else: `drift`, 78;
--accept-changes does it again.

  lash triage.lua --file=x      runs, or goes on
  lash runs triage              its runs; show, approve, resume, rm
Inside lash.job { run = … } a workflow goes on at the next tick.]]
