--- lash --help, lash help TOPIC: texts that tell all, and fit a screen.
local options = require "lash.cli.options"
local shell = require "spec.support.shell"
local topics = require "lash.cli.help.topics"

local COLUMNS, SCREEN, LONG = 80, 23, 50 -- a screen has a prompt, too

--- The value of a local variable that a function uses.
local function upvalue(f, wanted)
  for i = 1, math.huge do
    local name, value = debug.getupvalue(f, i)
    if name == wanted or not name then return value end
  end
end

local function contains(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

describe("the help", function()
  local sh
  setup(function() sh = shell.new() end)
  teardown(function() sh:close() end)

  local function help(...)
    local ended = sh:lash(...)
    assert.same({ 0, "" }, { ended.exit, ended.err })
    return ended.out
  end

  it("has a topic a file", function()
    local files = { help = true, init = true }
    for path in io.popen("ls lua/lash/cli/help/*.lua"):lines() do files[path:match "([%w-]+)%.lua$"] = true end
    files.topics, files.lash, files.new = nil, nil, nil -- the list; of help; of init
    local names = {}
    for name in pairs(files) do names[#names + 1] = name end
    table.sort(names)
    assert.same(names, topics)
  end)

  for _, topic in ipairs(topics) do
    it("on " .. topic .. " fits the narrowest terminal", function()
      local text, lines = help("help", topic), 0
      for line in text:gmatch "([^\n]*)\n" do
        lines = lines + 1
        assert.is_true(utf8.len(line) <= COLUMNS, line)
        assert.not_matches("%s$", line)
      end
      assert.is_true(#text > 100)
      assert.is_true(lines <= (topic == "help" and SCREEN or LONG))
    end)
  end

  it("comes for every command, in three ways", function()
    local cli = dofile "lua/lash/cli/init.lua" -- in what is embedded upvalues have no names
    local commands = upvalue(upvalue(cli, "carry_out"), "SUBCOMMANDS")
    assert.is_true(#commands > 5)
    for _, command in ipairs(commands) do
      assert.is_true(contains(topics, command), command)
      local text = help("help", command)
      assert.equal(text, help(command, "--help"))
      assert.equal(text, help(command, "-h"))
    end
  end)

  it("is ours, and has no secret", function()
    local other <close> = shell.new { DASHSCOPE_API_KEY = "sk-fake" }
    assert.equal(help("help", "fake"), other:lash("help", "fake").out)
  end)

  it("names every command and topic on its first page", function()
    local page = help "--help"
    for _, topic in ipairs(topics) do assert.matches("%f[%w]" .. topic .. "%f[%W]", page) end
  end)

  it("lists every option", function()
    local page = help("help", "options")
    for _, set in ipairs { options.common, options.ask, options.check } do
      for name, option in pairs(set) do
        if option then
          local value = option.value and " " .. option.value or "%f[^%w-]"
          assert.matches("%-%-" .. name:gsub("%-", "%%-") .. value, page)
        end
      end
    end
    for letter, name in pairs(options.letters) do
      assert.matches(("%%-%s, %%-%%-%s"):format(letter, name:gsub("%-", "%%-")), page)
    end
  end)

  it("of a command tells of its own options", function()
    for _, command in ipairs { "ask", "check" } do
      local page = help("help", command)
      for name, option in pairs(options[command]) do
        if option and not options.common[name] then assert.truthy(page:find("--" .. name, 1, true), name) end
      end
    end
    local page = help("help", "runs")
    for _, name in ipairs { "list", "show", "resume" } do
      for option in pairs(require("lash.cli.runs." .. name).options) do
        assert.truthy(page:find(option == "verbose" and "-v" or "--" .. option, 1, true), option)
      end
    end
  end)

  it("knows no topic of another name, and says which are near", function()
    local ended = sh:lash("help", "errros")
    assert.same({ 64, "", "lash: usage: there is no help on 'errros'\nhint: did you mean 'errors'?\n" },
      { ended.exit, ended.out, ended.err })
    assert.equal(64, sh:lash("help", "topics").exit)
    assert.equal(64, sh:lash("help", "../init").exit)
  end)
end)
