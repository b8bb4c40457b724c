--- What all scripts in scripts/ have in common: a page that says what it is before it is run.
local automation = require "spec.support.automation"
local fs = require "lash.fs"

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

describe("a script in scripts/", function()
  local names = {}
  for _, file in ipairs(fs.list "scripts") do names[#names + 1] = file:match "^(.*)%.lua$" end
  assert(#names > 10)

  for _, name in ipairs(names) do
    it("says what it is: " .. name, function()
      local text = read("scripts/" .. name .. ".lua")
      assert.matches("^#!/usr/bin/env lash\n%-%-%- %u[^\n]+[.:]?\n", text)
      assert.matches("\n%-%- usage: +lash [%w/]*" .. name:gsub("%-", "%%-") .. "%.lua", text)
      assert.matches("\n%-%- output: *[^\n]*\n%-%-   %S", text)
      assert.truthy(select(2, text:gsub("\n", "")) <= 100)
    end)

    it("has help and refuses what it does not know: " .. name, automation.test(name, {}, function(at)
      if name == "nightly-report" then return end -- a job: what it takes is not its own
      local help = at:run { "--help" }
      assert.same({ 0, "" }, { help.code, help.err })
      assert.matches("^usage: lash [^\n]+\n\n%u[^\n]+\n", help.out)
      assert.matches("\n  %-%-help  +Show this and exit%.\n$", help.out)
      local wrong = at:run { "--no-such-option" }
      assert.same({ 64, "" }, { wrong.code, wrong.out })
      assert.matches("^lash: usage: unknown option '%-%-no%-such%-option'\n", wrong.err)
      assert.equal(0, #at.server.requests)
    end))

    it("is in the papers: " .. name, function()
      if name == "hello" then return end -- what scripts/try runs
      assert.truthy(read("docs/automations.md"):find(("**%s.lua**"):format(name), 1, true))
    end)
  end
end)
