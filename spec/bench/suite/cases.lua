--- What is measured, and the goals.
--
-- A case runs commands by turns; a goal compares two numbers of a round. Those
-- with a `gate` hold in CI, too: with that margin, for the least of what was seen.
local M = {}

---@class bench.Goal
---@field what string
---@field against string
---@field unit "wall"|"cpu"|"rss"|"size"
---@field most number
---@field over fun(r: bench.Round): number
---@field under fun(r: bench.Round): number
---@field gate? number

---@class bench.Case
---@field name string
---@field rounds integer
---@field commands fun(b: bench.Bench): table  names in order, and words by name; nil, and why
---@field inside? fun(b: bench.Bench): string[]  what they are run by
---@field goals bench.Goal[]

local HI = '{"model":"qwen3-max","messages":[{"role":"user","content":"Hi"}],"stream":true}'

--- What the server is to answer: a path below its address.
local function answer(url, chunks, every_ms) return ("%s/%d/%d/v1"):format(url, chunks, every_ms) end

local function base(url) return "DASHSCOPE_API_BASE=" .. url end

local function curl(url)
  return { "curl", "-sN", "-H", "Content-Type: application/json", "-H", "Authorization: Bearer sk-1", "-d", HI,
    url .. "/chat/completions" }
end

local function unit(kind, name)
  return function(r) return r[name][kind] end
end

local function ratio(what, against, kind, most, over, under, gate)
  return { what = what, against = against, unit = kind == "kb" and "rss" or kind, most = most,
    over = unit(kind, over), under = unit(kind, under), gate = gate }
end

--- What each of many things costs: the rest is paid once.
local function each(kind, many, one, n)
  return function(r) return (r[many][kind] - r[one][kind]) / n end
end

local FEW, MANY, MOST = 5, 100000, 1000000
local STREAMS, CHUNKS = 1000, 100

M.list = {
  {
    name = "one-shot", rounds = 241,
    commands = function(b)
      local url = answer(b.http, FEW, 0)
      return { "lash", "counting", "curl", lash = { base(url), b.lash, "ask", "Hi" },
        counting = { b.counting, url }, curl = b.has "curl" and curl(url) }
    end,
    goals = {
      ratio("`lash ask`, a short answer", "counting client", "wall", 1.25, "lash", "counting"),
      ratio("`lash ask`, a short answer", "`curl -N`", "wall", 1.1, "lash", "curl"),
      ratio("`lash ask`, a short answer", "counting client", "cpu", 1.25, "lash", "counting", 1.6),
      ratio("`lash ask`, a short answer", "counting client", "kb", 1.25, "lash", "counting", 1.2),
    },
  },
  {
    name = "start", rounds = 61,
    commands = function(b)
      if not b.has "lua5.4" then return nil, "lua5.4 is not installed" end
      local script = b.tmp .. "/empty.lua"
      require("lash").fs.write(script, "local x = 1\n")
      return { "version", "empty", "script", "lua", version = { b.lash, "--version" }, empty = { b.lash, "-e", "" },
        script = { b.lash, script }, lua = { "lua5.4", "-e", "" } }
    end,
    goals = {
      ratio("`lash --version`", "`lua5.4 -e ''`", "wall", 1.0, "version", "lua"),
      ratio("`lash --version`", "`lua5.4 -e ''`", "cpu", 1.0, "version", "lua", 1.5),
      ratio("`lash -e ''`", "`lua5.4 -e ''`", "wall", 1.4, "empty", "lua"),
      ratio("`lash -e ''`", "`lua5.4 -e ''`", "cpu", 1.4, "empty", "lua", 1.6),
      ratio("`lash empty.lua`", "`lua5.4 -e ''`", "wall", 1.4, "script", "lua"),
    },
  },
  {
    name = "unpaced", rounds = 11,
    commands = function(b)
      local many, few = answer(b.http, MANY, 0), answer(b.http, FEW, 0)
      local function script(url, chunks)
        return { base(url), b.lash, b.here .. "/stream.lua", tostring(7 * (chunks - 3)) }
      end
      return { "lash", "lash one", "counting", "counting one", "node", "node one",
        lash = script(many, MANY), ["lash one"] = script(few, FEW),
        counting = { b.counting, many }, ["counting one"] = { b.counting, few },
        node = b.node and { b.node, many }, ["node one"] = b.node and { b.node, few } }
    end,
    goals = {
      {
        what = "a chunk of an unpaced stream, events in Lua", against = "counting client", unit = "cpu", most = 6,
        over = each("cpu", "lash", "lash one", MANY), under = each("cpu", "counting", "counting one", MANY), gate = 1.5,
      },
      {
        what = "a chunk of an unpaced stream, events in Lua", against = "openai SDK on Node", unit = "cpu",
        most = 1 / 12, over = each("cpu", "lash", "lash one", MANY), under = each("cpu", "node", "node one", MANY),
      },
    },
  },
  {
    name = "a million chunks", rounds = 3,
    commands = function(b)
      local most, few = answer(b.http, MOST, 0), answer(b.http, FEW, 0)
      return { "lash", "lash one", "counting", lash = { base(most), b.lash, "ask", "Hi" },
        ["lash one"] = { base(few), b.lash, "ask", "Hi" }, counting = { b.counting, most } }
    end,
    goals = {
      ratio("`lash ask`, 1,000,000 chunks", "counting client", "kb", 1.25, "lash", "counting", 1.2),
      ratio("`lash ask`, 1,000,000 chunks", "the same with one", "kb", 1.1, "lash", "lash one", 1.2),
    },
  },
  {
    name = "paced", rounds = 15,
    commands = function(b)
      local url = answer(b.http, 1000, 2)
      return { "lash", "counting", "curl", lash = { base(url), b.lash, "ask", "Hi" }, counting = { b.counting, url },
        curl = b.has "curl" and curl(url) }
    end,
    goals = {
      ratio("`lash ask`, 1,000 chunks 2 ms apart", "`curl -N`", "cpu", 1.4, "lash", "curl", 2),
    },
  },
  {
    name = "https", rounds = 31,
    inside = function(b) return b.trust and b.trust.inside end,
    commands = function(b)
      if not b.trust then return nil, b.no_trust end
      if not b.has "curl" then return nil, "curl is not installed" end
      local url = answer(b.https, FEW, 0)
      return { "lash", "curl", "counting", lash = { base(url), b.lash, "ask", "Hi" }, curl = curl(url),
        counting = { b.counting, url, "/etc/ssl/certs" } }
    end,
    goals = {
      ratio("`lash ask` over HTTPS, cold", "`curl -N`", "wall", 0.5, "lash", "curl"),
      ratio("`lash ask` over HTTPS, cold", "`curl -N`", "cpu", 0.5, "lash", "curl", 1.5),
    },
  },
  {
    name = "streams", rounds = 5,
    commands = function(b)
      local url = answer(b.http, CHUNKS, 50)
      local function script(n) return { base(url), b.lash, b.here .. "/streams.lua", n, tostring(CHUNKS - 3) } end
      local n = tostring(STREAMS)
      return { "lash", "lash one", "bare", "bare one", lash = script(n), ["lash one"] = script "1",
        bare = { b.bare, url, n }, ["bare one"] = { b.bare, url, "1" } }
    end,
    goals = {
      ratio("1,000 streams, 100 chunks 50 ms apart", "curl_multi and epoll", "cpu", 1.5, "lash", "bare", 1.4),
      { what = "1,000 streams: memory of each", against = "KB", unit = "size", most = 32,
        over = each("kb", "lash", "lash one", STREAMS - 1), under = function() return 1 end, gate = 1.3 },
    },
  },
  {
    name = "job", rounds = 61,
    commands = function(b)
      return { "lash", "sh", lash = { b.lash, "job", "run", b.here .. "/never.lua" }, sh = { "sh", "-c", ":" } }
    end,
    goals = {
      ratio("a job whose `when` says no", "`sh -c :`", "wall", 6, "lash", "sh"),
      ratio("a job whose `when` says no", "`sh -c :`", "cpu", 6, "lash", "sh", 1.5),
    },
  },
}

--- Pure Lua: a case a program.
for _, name in ipairs { "fib", "strings", "sort", "closures" } do
  table.insert(M.list, {
    name = "lua " .. name, rounds = 7,
    commands = function(b)
      if not b.has "lua5.4" then return nil, "lua5.4 is not installed" end
      local file = ("%s/lua/%s.lua"):format(b.here, name)
      return { "lash", "lua", lash = { b.lash, file }, lua = { "lua5.4", file } }
    end,
    goals = { ratio(("`%s.lua`, no model"):format(name), "`lua5.4`", "cpu", 1.05, "lash", "lua", 1.3) },
  })
end

--- What one process prints or sends: the same at every run.
---@type { name: string, what: string, against: string, most: number, measure: fun(b: bench.Bench): number }[]
M.sizes = {
  {
    name = "request", what = "the request of `lash ask Hi`", against = "KB", most = 1,
    measure = function(b)
      b.run(base(answer(b.http, FEW, 0)), b.lash, "ask", "Hi")
      return tonumber(require("lash").http.get(b.http .. "/last").body) / 1024
    end,
  },
  {
    name = "json", what = "`lash ask --json`, bytes a chunk: 2,000 chunks", against = "200 chunks", most = 1.05,
    measure = function(b)
      local function size(n) return #b.run(base(answer(b.http, n, 1)), b.lash, "ask", "--json", "Hi") / n end
      return size(2000) / size(200)
    end,
  },
}

--- Peers, beside lash: no goals.
---@param b bench.Bench
M.peers = {
  name = "peers", rounds = 11,
  commands = function(b)
    local url = answer(b.http, FEW, 0)
    return { "lash", "counting client", "curl -N", "openai SDK on Node", lash = { base(url), b.lash, "ask", "Hi" },
      ["counting client"] = { b.counting, url }, ["curl -N"] = b.has "curl" and curl(url),
      ["openai SDK on Node"] = b.node and { b.node, url } }
  end,
}

return M
