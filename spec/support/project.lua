--- A project folder with specs of its own, and `lash test` in it, as a person has it.
local assert = require "luassert"
local shell = require "spec.support.shell"

local M = {}

--- Makes one. `files`: name → text; `variables`: the environment beside PATH and HOME.
---@param files table<string, string>
---@param variables? table<string, string>
function M.new(files, variables)
  local sh = shell.new(variables)
  for name, text in pairs(files) do sh:write(name, text) end
  return sh
end

--- The text of a spec file: these lines are the body of one test.
function M.spec(body)
  return ([[
    local lash, test = require "lash", require "lash.test"
    it("holds", function()
      %s
    end)]]):format(body)
end

--- Runs one test in a project that has these files beside it; it must hold.
---@param body string
---@param files? table<string, string>
---@param variables? table<string, string>
function M.holds(body, files, variables)
  local sh <close> = M.new({ ["spec/x_spec.lua"] = M.spec(body) }, variables)
  for name, text in pairs(files or {}) do sh:write(name, text) end
  local res = sh:lash "test"
  assert.equal(0, res.exit, res.out .. res.err)
  assert.matches("1 success / 0 failures / 0 errors", res.out)
end

--- The same for one that must fail; what is printed of it.
---@return string
function M.fails(body, files, variables)
  local sh <close> = M.new({ ["spec/x_spec.lua"] = M.spec(body) }, variables)
  for name, text in pairs(files or {}) do sh:write(name, text) end
  local res = sh:lash "test"
  assert.equal(1, res.exit, res.out .. res.err)
  return res.out
end

return M
