--- Tasks of a script, as its process shows them: how it ends, and what it leaves.
local loop = require "lash.core.loop"
local model = require "spec.support.model"
local processes = require "spec.support.processes"
local shell = require "spec.support.shell"

describe("a script with tasks", function()
  local lash
  setup(function() lash = shell.new() end)
  teardown(function() lash:close() end)

  local PRELUDE = [[
    local lash = require "lash"
    io.stdout:setvbuf "no"
    local function wait(name)
      return function()
        local _ <close> = setmetatable({}, { __close = function() lash.sleep(0.01) print(name .. " closed") end })
        lash.sleep(60)
      end
    end
  ]]

  local EXITS = {
    all = "lash.all { wait 'a', stop }",
    map = "lash.map({ wait 'a', stop }, function(f) f() end)",
    ["map that settles"] = "lash.map({ wait 'a', stop }, { settle = true }, function(f) f() end)",
    race = "lash.race { wait 'a', stop }",
    timeout = "lash.timeout(50, function() lash.all { wait 'a', stop } end)",
    spawn = "lash.spawn(wait 'a') lash.spawn(stop) lash.sleep(60)",
    ["a task that is joined"] = "lash.spawn(wait 'a') local t = lash.spawn(stop) pcall(t.join, t)",
  }
  for name, text in pairs(EXITS) do
    it("ends with os.exit in " .. name, function()
      local ended = lash:script(PRELUDE .. "local function stop() lash.sleep(0.01) os.exit(7) end\n" .. text)
      assert.same({ 7, "a closed\n", "" }, { ended.exit, ended.out, ended.err })
    end)

    it("ends with Ctrl-C in " .. name, function()
      lash:write("script.lua", PRELUDE .. [[
        local function stop()
          local _ <close> = setmetatable({}, { __close = function() print "a closed" end })
          print "ready"
          while true do end
        end
        local wait = function() return function() end end
        ]] .. text .. ' lash.sleep(0) print "went on"')
      local began = loop.now()
      local child = lash:start "exec $lash script.lua"
      assert.equal("ready", child:line())
      child:kill "INT"
      local ended = child:wait()
      assert.same({ 130, "a closed\n" }, { ended.exit, ended.out })
      assert.is_true(loop.now() - began < 2.5)
    end)
  end

  it("is told where the first error of a task was", function()
    local ended = lash:script([[
local lash = require "lash"
lash.all {
  function()
    lash.map({ 1 }, function()
      lash.ask("x", { tempature = 1 })
    end)
  end,
}]])
    assert.equal(64, ended.exit)
    assert.matches("^lash: usage: script.lua:5: lash.ask: unknown key 'tempature'", ended.err)
  end)

  it("fails in the end of a task that nobody joined, in spite of pcall", function()
    local ended = lash:script [[
      local lash = require "lash"
      lash.spawn(lash.fail, "denied", "not today")
      pcall(lash.sleep, 1)
      print "went on"]]
    assert.same({ 77, "went on\n", "lash: denied: not today\n" }, { ended.exit, ended.out, ended.err })
  end)

  it("leaves no command of a race or a deadline behind", function()
    local marker = processes.marker()
    lash.variables.MARKER = marker
    local began = loop.now()
    local ended = lash:script [[
      local lash = require "lash"
      print(lash.race {
        function() return lash.sh { "sh", "-c", "sleep 1000 & sleep 1000" } end,
        function() lash.sleep(0.1) return "fast" end,
      })
      print(select(2, pcall(lash.timeout, "100ms", function() lash.sh { "sleep", "1000" } end)))]]
    lash.variables.MARKER = nil
    assert.same({ 0, "fast\ntimeout: not done within 100ms\n" }, { ended.exit, ended.out })
    assert.is_true(loop.now() - began < 5)
    assert.same({}, processes.with(marker))
  end)

  it("cuts the streams of those who lost", model.test({
    { steps = { { send = "HTTP/1.1 200 OK\r\n\r\ndata: " .. model.chunk { content = "Hel" } .. "\n\n" },
      { sleep = 50000 } } },
  }, function(s)
    local api = require "lash"
    local agent, heard = model.agent(s.url), nil
    local value = api.race {
      function() for event in agent:stream "x" do heard = heard or event.text end end,
      function()
        while not heard do api.sleep(0.001) end
        return "enough"
      end,
    }
    assert.same({ "enough", "Hel" }, { value, heard })
    assert.equal(1, s:wait_gone())
  end))
end)
