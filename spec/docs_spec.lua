--- The papers keep what they promise: every block of code in README.md and
--- docs/*.md runs, with this program, against `lash fake`; links lead somewhere.
--
-- What stands behind the language of a block says what is done with it:
--
--   lua             runs as a script and must end with 0
--   lua NAME        is written to the file NAME first, and stays there for the
--                   blocks that follow on its page; X_spec.lua runs with `lash test`
--   lua no-run      must only be Lua
--   sh run          runs, every command of it must end with 0; other sh is for people
--   console         lines behind "$ " run and print what follows; "…" is any text
--   json [NAME]     is a config.json
--   text NAME       is a file
local config_schema = require "lash.config.schema"
local errors = require "lash.errors"
local folder = require "spec.support.folder"
local json = require "lash.core.json"
local sys = require "lash.core.sys"

local program = assert(sys.realpath(os.getenv "LASH_PROGRAM" or "build/dev/lash"))
local SCRIPTS = assert(sys.realpath "scripts") -- in $PATH, behind all else
local SECONDS = 60 -- that a block may take

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read "a"
end

---@class spec.Block
---@field line integer
---@field language string
---@field what string  the words behind it
---@field text string

---@return spec.Block[]
local function blocks_of(path)
  local blocks, block, number = {}, nil, 0
  for line in (read(path) .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local language, what = line:match "^```([%w_]*)%s*(.-)%s*$"
    if not language then
      if block then block.text = block.text .. line .. "\n" end
    elseif block then
      blocks[#blocks + 1], block = block, nil
    else
      block = { line = number, language = language, what = what, text = "" }
    end
  end
  assert(not block, path .. ": a block is never closed")
  return blocks
end

local function pages()
  local list = { "README.md" }
  local pipe <close> = assert(io.popen "ls docs/*.md")
  for path in pipe:lines() do list[#list + 1] = path end
  return list
end

--- Starts `lash fake`; its API base, and what ends it.
local function start_fake()
  local pipe = assert(io.popen(("echo $$; exec timeout 300 '%s' fake --port 0 2>/dev/null"):format(program)))
  local pid = pipe:read "n"
  assert(pipe:read "l" and pipe:read "l", "lash fake did not start")
  local url = pipe:read("l"):match "=(.+)$"
  return url, function()
    os.execute("kill " .. pid)
    pipe:close()
  end
end

--- Runs a command in a folder, as a person would who has a key; its output and
--- exit status.
local function run(home, url, command)
  local line = ("cd %s && exec env -i PATH=%s HOME=%s TERM=dumb LC_ALL=C.UTF-8 DASHSCOPE_API_BASE=%s "
    .. "DASHSCOPE_API_KEY=sk-fake timeout %d %s 2>&1 </dev/null"):format(quote(home), quote(program:match "^(.*)/"
    .. ":" .. os.getenv "PATH" .. ":" .. SCRIPTS), quote(home), quote(url), SECONDS, command)
  local pipe = assert(io.popen(line))
  local out = pipe:read "a"
  return out, select(3, pipe:close())
end

--- An expected output as a pattern: "…" is any text.
local function pattern_of(text) return "^" .. text:gsub("[%^%$%(%)%%%.%[%]%*%+%-%?]", "%%%0"):gsub("…", ".-") .. "$" end

local function check_console(home, url, text)
  local command, expected
  local function check()
    if not command then return end
    local out = run(home, url, "sh -c " .. quote(command))
    assert.truthy(out:find(pattern_of(expected)), ("$ %s\n%s\n-- expected:\n%s"):format(command, out, expected))
  end
  for line in text:gmatch "([^\n]*)\n" do
    local next_command = line:match "^%$ (.*)$"
    if next_command then
      check()
      command, expected = next_command, ""
    else
      expected = expected .. line .. "\n"
    end
  end
  check()
end

---@type table<string, fun(block: spec.Block, home: string, url: string)>
local CHECKS = {
  lua = function(block, home, url)
    assert(load(block.text:gsub("^#[^\n]*", ""), "=block"))
    if block.what == "no-run" then return end
    local name = block.what ~= "" and block.what or "block.lua"
    local command = name:find "_spec%.lua$" and " test " or " "
    local out, exit = run(home, url, quote(program) .. command .. name)
    assert.equal(0, exit, out)
  end,
  sh = function(block, home, url)
    if block.what ~= "run" then return end
    -- What it left in the background would hold our pipe open.
    local tidy = "trap 'kill ${!:-} 2>/dev/null || :' EXIT\n"
    local out, exit = run(home, url, "sh -eu -c " .. quote(tidy .. block.text))
    assert.equal(0, exit, out)
  end,
  console = function(block, home, url) check_console(home, url, block.text) end,
  json = function(block)
    local value, message = json.decode(block.text, { comments = true })
    assert.is_nil(message)
    local wrong, hint = config_schema.file(value, "")
    assert.is_nil(wrong, hint)
  end,
}

local paths = pages()

describe("the papers:", function()
  local url, stop
  setup(function() url, stop = start_fake() end)
  teardown(function() stop() end)

  for _, path in ipairs(paths) do
    describe(path, function()
      local home
      setup(function() home = folder.new() end)
      teardown(function() home:close() end)
      for _, block in ipairs(blocks_of(path)) do
        local check = CHECKS[block.language]
        local name = block.what:find "^[%w_.-]+%.%w+$" and block.what or block.language == "lua" and "block.lua"
        if check or name then
          it(("line %d: %s %s"):format(block.line, block.language, block.what), function()
            if name then home:write(name, block.text) end
            if check then check(block, home.path, url) end
          end)
        end
      end
    end)
  end
end)

describe("the papers", function()
  for _, path in ipairs(paths) do
    it("have no dead links: " .. path, function()
      local here = path:match "^(.*/)" or ""
      for target in read(path):gmatch "%]%(([^)#]+)[^)]*%)" do
        if not target:find "^%a+:" then
          assert.truthy(sys.stat(here .. target), ("%s: %s is not there"):format(path, target))
        end
      end
    end)
  end

  it("name tests that are there", function()
    -- "spec/c/test_chunk.c: empty ids" in backquotes: the words stand in that file.
    local count = 0
    for file, words in read("docs/dashscope.md"):gmatch "`(spec/[%w_./-]+): ([^`]+)`" do
      count = count + 1
      assert.truthy(read(file):find(words, 1, true), ("%s has no '%s'"):format(file, words))
    end
    assert.truthy(count > 20)
    for file in read("docs/dashscope.md"):gmatch "`([%w_/]+%.[chl]u?a?)`" do
      assert.truthy(sys.stat(file), file .. " is not there")
    end
  end)

  it("tell the exit status of every kind of error", function()
    local told = {}
    for exit, kinds in read("docs/errors.md"):gmatch "\n| (%d+) | ([^|]+) |" do
      for kind in kinds:gmatch "`([%w_]+)`" do told[kind] = tonumber(exit) end
    end
    for kind, known in pairs(errors.kinds) do
      if kind ~= "interrupted" then assert.equal(known.exit, told[kind], kind) end
    end
  end)

  --- Every name of a set stands in the text of a page, in backquotes or bold.
  local function names_all(path, set, form)
    local text = read(path)
    for name in pairs(set) do
      assert.truthy(text:find(form:format(name), 1, true), ("%s does not tell of %s"):format(path, name))
    end
  end

  it("tell of every setting of an agent", function()
    names_all("docs/agents.md", require("lash.settings.rules").keys(), "`%s`")
  end)

  it("tell of every option of a command", function()
    names_all("docs/scripts.md", require("lash.exec").OPTIONS, "`%s`")
    for _, page in ipairs { "docs/tools.md", "lua/_meta/classes.lua" } do
      names_all(page, require("lash.tool").OPTIONS, "%s")
    end
  end)

  it("tell of every option of a request", function()
    for _, page in ipairs { "docs/scripts.md", "lua/_meta/classes.lua" } do
      names_all(page, require("lash.http.options").OPTIONS, page:find "%.md$" and "`%s`" or "@field %s?")
      names_all(page, require("lash.http.options").SITE, page:find "%.md$" and "`%s`" or "@field %s?")
    end
  end)

  it("tell of every key of a reply of lash fake", function()
    local _, err = pcall(require("lash.fake.script").new, { { ["?"] = true } })
    local keys = {}
    for key in err.hint:match("valid keys: (.*)"):gmatch "[%w_]+" do keys[key] = true end
    assert.truthy(keys.retry_after)
    names_all("docs/testing.md", keys, "`%s`")
  end)

  it("tell of every option and state of runs", function()
    for _, name in ipairs { "list", "resume" } do
      local all = require("lash.cli.runs." .. name).options
      names_all("docs/runs.md", all, "`--%s`")
      names_all("docs/lash.1.scd", all, "--%s")
    end
    local states = {}
    for _, state in ipairs(require("lash.cli.runs.shown").STATES) do states[state] = true end
    names_all("docs/runs.md", states, "`%s`")
    names_all("docs/lash.1.scd", states, "_%s_")
  end)

  it("tell of every option", function()
    local options = require "lash.cli.options"
    for _, all in ipairs { options.common, options.ask, options.check } do
      local set = {}
      for name, option in pairs(all) do set[name] = option and not option.last or nil end -- -e has no other name
      names_all("docs/configuration.md", set, "`--%s`")
      names_all("docs/lash.1.scd", set, "--%s")
    end
  end)
end)
