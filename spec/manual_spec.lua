--- The manual: lash(1) and lash-script(7).
local errors = require "lash.errors"
local options = require "lash.cli.options"

local function sh(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

--- A page as a terminal shows it, without what makes it bold.
local function shown(page, format)
  local out, status = sh(("scdoc <docs/%s.scd | mandoc %s"):format(page, format))
  return out:gsub(utf8.charpattern .. "\b", ""), status
end

for _, page in ipairs { "lash.1", "lash-script.7" } do
  describe("the page " .. page, function()
    it("is well-formed", function()
      -- scdoc sets more space than needed, which mandoc says.
      assert.same({ "", 1 }, { sh(("scdoc <docs/%s.scd | mandoc -T lint -W warning | grep -v %q"):format(page,
        "skipping paragraph macro")) })
    end)

    it("fits 80 columns", function()
      local text, status = shown(page, "-T utf8 -O width=78")
      assert.equal(0, status, text)
      local count = 0
      for line in text:gmatch "[^\n]+" do
        count = count + 1
        assert.is_true(utf8.len(line) <= 80, line)
      end
      assert.is_true(count > 150)
    end)

    it("knows every kind of error by its status", function()
      local text = read("docs/" .. page .. ".scd")
      for kind, known in pairs(errors.kinds) do
        assert.matches(("[[:,|] *%%*%d%%*"):format(known.exit), text)
        if page == "lash-script.7" then assert.truthy(text:find("_" .. kind .. "_", 1, true), kind) end
      end
    end)
  end)
end

describe("lash(1)", function()
  local text = read "docs/lash.1.scd"

  it("has every command", function()
    for _, topic in ipairs(require "lash.cli.help.topics") do
      assert.truthy(text:find(topic, 1, true), topic)
    end
    for name in pairs(require("lash.cli.complete.grammar").start.commands) do
      assert.truthy(text:find("\n*lash* *" .. name .. "*", 1, true), name)
      assert.truthy(text:find("\n*" .. name .. "*\n\t", 1, true), name)
    end
  end)

  it("has every option, and its letter", function()
    local letters = {}
    for letter, name in pairs(options.letters) do letters[name] = ("*-%s*, "):format(letter) end
    for _, set in ipairs { options.common, options.ask, options.check } do
      for name, option in pairs(set) do
        local line = ("\n%s*--%s*%s"):format(letters[name] or "", name, option and option.value and " _" or "\n")
        if option then assert.truthy(text:find(line, 1, true), name) end
      end
    end
  end)

  it("has the variables that the help has", function()
    for name in require("lash.cli.help.environment"):gmatch "\n  ([%u_]+) " do
      assert.truthy(text:find("_" .. name .. "_", 1, true), name)
    end
  end)
end)

describe("lash-script(7)", function()
  local text = read "docs/lash-script.7.scd"

  --- Every function and value that a stub declares stands there in bold.
  local function check(stub, owner, name_there)
    local count = 0
    for name in read("lua/_meta/" .. stub .. ".lua"):gmatch("\nfunction " .. owner .. "[.:]([%w_.]+)%(") do
      count = count + 1
      local bold = ("*%s%s*"):format(name_there, name)
      assert.truthy(text:find(bold, 1, true), bold)
    end
    assert.is_true(count > 0)
  end

  it("has every name of the public table", function()
    check("lash", "lash", "lash.")
    for name in read("lua/_meta/lash.lua"):gmatch "\n(lash%.[%w_.]+) = " do
      assert.truthy(text:find("*" .. name .. "[*.{]") or text:find("*" .. name .. "*", 1, true), name)
    end
  end)

  it("has the methods of what these give", function()
    check("classes", "Agent", "agent:")
    check("classes", "Session", "session:")
    check("workflow", "Work", "w:")
    check("test", "test", "test.")
  end)

  it("has every key of a workflow and of a job", function()
    for stub, class in pairs { workflow = "WorkflowSpec", job = "JobSpec" } do
      local count = 0
      for name in read(("lua/_meta/%s.lua"):format(stub)):match("@class lash%." .. class .. "\n(.-)\n\n")
        :gmatch "@field ([%w_]+)" do
        count = count + 1
        assert.truthy(text:find("_" .. name .. "_", 1, true), name)
      end
      assert.is_true(count > 5)
    end
  end)

  it("has every setting of an agent, and every field of a run and an error", function()
    for name in pairs(require("lash.settings.rules").keys()) do
      assert.truthy(text:find("_" .. name .. "_", 1, true), name)
    end
    local stub, count = read "lua/_meta/classes.lua", 0
    for _, class in ipairs { "Run", "ToolSpec", "ExecOptions" } do
      for name in stub:match("@class lash%." .. class .. "\n(.-)\n\n"):gmatch "@field ([%w_]+)" do
        count = count + 1
        assert.truthy(text:find("_" .. name .. "_", 1, true), name)
      end
    end
    assert.is_true(count > 25)
  end)
end)
