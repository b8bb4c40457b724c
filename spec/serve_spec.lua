local curl = require "spec.support.curl"
local sched = require "lash.sched"
local serve = require "lash.core.serve"

--- Runs f(exchange) with a request that curl made; returns what curl saw.
local function exchange(f, ...)
  local arguments = table.pack(...)
  return sched.run(function()
    local server <close> = assert(serve.start(0))
    table.insert(arguments, ("http://127.0.0.1:%d/p%%20q?x=1&y"):format(server:port()))
    local client = sched.spawn(curl, table.unpack(arguments))
    local ex = server:accept()
    while not ex do
      sched.wait(server:id())
      ex = server:accept()
    end
    f(ex)
    ex = nil -- luacheck: ignore
    collectgarbage()
    return client:join()
  end)
end

describe("lash.core.serve", function()
  it("hands out the request", function()
    local res = exchange(function(ex)
      assert.same({ "POST", "/p%20q", "x=1&y" }, { ex:method(), ex:path() })
      assert.equal("a\nb", ex:body())
      assert.same({ "1" }, { ex:header "x-one" })
      assert.is_nil(ex:header "x-two")
      local last = ex:headers()
      assert.same({ "X-One", "1" }, last[#last - 2])
      assert.is_true(ex:start(201, { ["x-two"] = "2" }))
      assert.equal(2, ex:write "ok")
      assert.is_true(ex:finish())
      ex:close()
      ex:close()
    end, "-H", "X-One: 1", "--data-binary", "a\nb")
    assert.same({ 0, 201, "2", "ok" }, { res.code, res.status, res.headers["x-two"], res.body })
  end)

  it("marks the exchange when its queue is empty, and when it is over", function()
    exchange(function(ex)
      assert(ex:start(200))
      assert.equal(5, ex:write "hello")
      assert.is_true(sched.wait(ex:id()))
      assert.equal(0, ex:write "")
      assert(ex:finish())
      while not ex:gone() do sched.wait(ex:id()) end
      assert.same({ nil, "the client has left", "closed" }, { ex:write "x" })
    end)
  end)

  it("cuts what is dropped", function()
    local res = exchange(function(ex)
      assert(ex:start(200))
      assert(ex:write "half") -- and forgets it
    end)
    assert.same({ 18, "half" }, { res.code, res.body }) -- curl: transfer closed with data outstanding
  end)

  it("says what is out of order, and raises for what can never be right", function()
    exchange(function(ex)
      assert.same({ nil, "the answer was not begun", "usage" }, { ex:write "x" })
      assert.same({ nil, "cannot send the header 'a b'", "usage" }, { ex:start(200, { ["a b"] = "x" }) })
      assert.error_matches(function() ex:start(200, { 1 }) end, "must be strings")
      assert.error_matches(function() serve.start(65536) end, "not a port")
      ex:abort()
      ex:close()
      assert.is_true(ex:gone())
      assert.error_matches(function() ex:path() end, "the exchange is closed")
    end)
  end)

  it("stops for who waits, in any order of ends", function()
    sched.run(function()
      local server = assert(serve.start(0))
      local waiter = sched.spawn(function()
        sched.wait(server:id())
        return server:accept()
      end)
      sched.spawn(function() server:stop() end)
      assert.is_nil(waiter:join())
      server:close()
      server:close()
      assert.error_matches(function() server:accept() end, "the server is closed")
    end)
  end)
end)
