--- The scripts that put agents together: research, triage.
local automation = require "spec.support.automation"
local json = require "lash.core.json"
local server = require "spec.support.server"

local answer, test = automation.answer, automation.test

local function ends(code, out, err, run)
  assert.same({ code, out, err }, { run.code, run.out, run.err })
end

describe("research", function()
  --- Plays the lead and its researchers, who read these URLs.
  local function players(urls, sources)
    return function(request)
      local messages = request.json.messages
      local last = messages[#messages]
      if messages[1].content:find "Divide it" then
        if last.role == "user" then
          return { calls = { { tool = "researcher", arguments = { prompt = "When did it sink?" } },
            { tool = "researcher", arguments = { prompt = "Why did it sink?" } } } }
        end
        return answer { answer = "In 1628. [1]", sources = sources }
      elseif last.role == "user" then
        return { tool = "fetch", arguments = { url = urls[last.content:match "^%w+"] } }
      end
      return last.content:match "\n(.*)\n" or last.content
    end
  end

  it("has researchers read, and tells what was read", function()
    local page = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nin 1628"
    local web <close> = server.start { { ["repeat"] = true, steps = { { send = page } } } }
    local when, why, other = web.url .. "/when", web.url .. "/why", "https://example.org/x"
    test("research", players({ When = when, Why = why }, { when, other }), function(at)
      ends(0, ("In 1628. [1]\n\nSources\n[1] %s\n[2] %s  (cited, but not read)\n"):format(when, other), "",
        at:run { "When did the Vasa sink?", "--site", "127.0.0.1" })
      local asked = at.project:asked()
      assert.equal("When did the Vasa sink?", asked[1])
      assert.matches("in 1628", asked[#asked])
      for _, request in ipairs(at.server.requests) do
        local is_lead = request.json.messages[1].content:find "Divide it"
        for _, tool in ipairs(request.json.tools) do
          local name = tool["function"].name
          assert.is_true(name == "fetch" == not is_lead, name)
        end
      end
    end)()
  end)

  it("reads no other sites, and says so", test("research",
    players({ When = "https://example.org/", Why = "http://127.0.0.1:1/" }, { "https://example.org/" }), function(at)
      local run = at:run { "When?" }
      assert.equal(77, run.code)
      assert.equal("In 1628. [1]\n\nSources\n[1] https://example.org/  (cited, but not read)\n", run.out)
      assert.matches("^lash: denied: fetch: ", run.err)
    end))

  it("stays within its budget", test("research", {}, function(at)
    local run = at:run { "When?", "--budget", "0.000001" }
    assert.same({ 79, 0 }, { run.code, #at.server.requests })
    assert.equal(64, at:run({}).code)
    assert.equal(64, at:run({ "When?", "--budget", "much" }).code)
  end))
end)

describe("triage", function()
  --- A folder with a `gh` that answers from files, and writes down what it is told to change.
  local function prepare(at)
    at:write("labels", [=[[{"name":"bug","description":""},{"name":"good first issue","description":""}]]=])
    at:write("issues", [=[[{"number":7,"title":"It crashes","body":"See \ud83d\udca5"},
      {"number":8,"title":"Hm","body":""}]]=])
    at:sh "mkdir bin"
    at:write("bin/gh", [[#!/bin/sh
      case "$1 $2" in
        "label list") cat labels ;;
        "issue list") cat issues ;;
        "issue edit") echo "$*" "$GH_TOKEN" >>edits ;;
        *) exit 9 ;;
      esac]])
    at:sh "chmod +x bin/gh"
    return { PATH = at.path .. "/bin:" .. os.getenv "PATH", GH_TOKEN = "gh-token-123456" }
  end

  local REPLIES = {
    { match = "It crashes", tool = "final_answer",
      arguments = { labels = { "bug", "made up", "good first issue" }, reason = "It crashes." } },
    { match = "Hm", tool = "final_answer", arguments = { labels = json.array {}, reason = "?" } },
  }

  it("labels once a person has agreed", test("triage", REPLIES, function(at)
    local env = prepare(at)
    local run = at:run({ "o/r" }, env)
    assert.equal(75, run.code)
    assert.equal("", at:read "edits")
    assert.matches("Labels: [{\"name\":\"bug\"", at:prompt(1), 1, true)
    local id = run.err:match "approve (%w+)"
    local shown = at.project:lash({ "runs", "show", id }, { XDG_STATE_HOME = at.path .. "/.local/state" }).out
    assert.matches("Label 1 issues of o/r?", shown, 1, true)
    assert.equal(75, at:run({ "o/r" }, env).code) -- still waiting, and pays nothing
    at.project:lash({ "runs", "approve", id, "yes" }, { XDG_STATE_HOME = at.path .. "/.local/state" })
    ends(0, "1 issues labelled\n", "", at:run({ "o/r" }, env))
    assert.equal("issue edit -R o/r 7 --add-label bug,good first issue gh-token-123456\n", at:read "edits")
    assert.equal(2, #at.server.requests)
  end))

  it("leaves them alone when a person says no", test("triage", REPLIES, function(at)
    local env = prepare(at)
    local id = at:run({ "o/r" }, env).err:match "approve (%w+)"
    at.project:lash({ "runs", "approve", id, "no" }, { XDG_STATE_HOME = at.path .. "/.local/state" })
    ends(0, "left alone\n", "", at:run({ "o/r" }, env))
    assert.equal("", at:read "edits")
  end))

  it("is silent when there is nothing to label", test("triage", { REPLIES[2] }, function(at)
    local env = prepare(at)
    at:write("issues", "[]")
    ends(0, "", "", at:run({ "o/r" }, env))
    at:write("issues", '[{"number":8,"title":"Hm","body":""}]')
    ends(0, "", "", at:run({ "o/r" }, env))
  end))

  it("ends with what gh says", test("triage", {}, function(at)
    local env = prepare(at)
    at:sh "rm labels"
    local run = at:run({ "o/r" }, env)
    assert.equal(70, run.code)
    assert.matches("^lash: process: gh label list [^\n]*labels", run.err)
    assert.equal(64, at:run({}, env).code)
  end))
end)
