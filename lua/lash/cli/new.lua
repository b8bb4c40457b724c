--- lash init [DIR]: a first script, its spec, .env.local, settings for an editor.
local errors = require "lash.errors"
local json = require "lash.core.json"
local output = require "lash.output"
local sys = require "lash.core.sys"

local FILE, PROGRAM, PRIVATE = 420, 493, 384 -- 0644, 0755, 0600
local FOLDER = 511 -- 0777, of which the umask leaves a part

local SCRIPT = [=[
#!/usr/bin/env lash
--- Tells the weather.
local lash = require "lash"
local args = lash.args "city: string = 'Hanoi'  -- where"

--- Current weather for a city.
---@param city string
---@param days? integer  Forecast length, 1 to 7
local function weather(city, days)
  return { city = city, celsius = 21, days = days or 1 }
end

local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }
print(agent("What is the weather in " .. args.city .. "?"))
]=]

local SPEC = [=[
local test = require "lash.test"

describe("hello.lua", function()
  it("asks for the weather of the city, and says what the model makes of it", function()
    local fake <close> = test.fake {
      { match = "Oslo", tool = "weather", arguments = { city = "Oslo" } },
      { match = "celsius", text = "It is mild in Oslo." },
    }
    local run = test.run("hello.lua", { "--city", "Oslo" })
    assert.equal("It is mild in Oslo.\n", run.out)
    assert.equal(0, run.code)
    assert.equal("What is the weather in Oslo?", fake.requests[1].messages[2].content)
  end)
end)
]=]

local ENV = [[
# Read by the scripts beside it; the environment wins.
# Keys: https://www.alibabacloud.com/help/en/model-studio/get-api-key
DASHSCOPE_API_KEY=
# Another region than the international one:
# DASHSCOPE_API_BASE=https://dashscope.aliyuncs.com/compatible-mode/v1
]]

--- Where the stubs are that editors read: of an installation, or of a build tree.
local function stubs()
  local folder = (sys.realpath "/proc/self/exe" or ""):match "^(.*)/[^/]*$" or ""
  for _, place in ipairs { "/../share/lash/meta", "/../../lua/_meta" } do
    local real = sys.realpath(folder .. place)
    if real then return real end
  end
end

local function editor_settings()
  return json.encode({
    ["runtime.version"] = "Lua 5.4",
    ["workspace.library"] = json.array { stubs() },
    ["workspace.checkThirdParty"] = false,
    ["diagnostics.globals"] = json.array { "after_each", "assert", "before_each", "describe", "it", "pending",
      "setup", "teardown" },
  }, 2) .. "\n"
end

local IGNORED = ".env.local\n"

--- What a .gitignore lacks for the key to stay out of the repository; nil: nothing.
---@return string?
local function missing_in(path)
  local file <close> = io.open(path)
  local text = file and file:read "a" or ""
  for line in text:gmatch "[^\r\n]+" do
    if line:find "^/?%.env%.local%s*$" or line:find "^/?%.env%*" or line:find "^%*%.local%s*$" then return nil end
  end
  return (text == "" or text:sub(-1) == "\n") and IGNORED or "\n" .. IGNORED
end

local function read(argv)
  local folder
  for _, word in ipairs(argv) do
    if word:find "^%-." then
      errors.raise("usage", "lash init: unknown option " .. word, { hint = "lash init [DIR]" })
    elseif folder then
      errors.raise("usage", ("lash init: one folder at most, and '%s' is the second"):format(word))
    end
    folder = word
  end
  return folder or "."
end

---@param argv string[]
---@return integer exit
return function(argv)
  local folder = read(argv):gsub("(.)/+$", "%1")
  local files = {
    { "hello.lua", SCRIPT, PROGRAM },
    { "spec/hello_spec.lua", SPEC, FILE },
    { ".env.local", ENV, PRIVATE },
    { ".luarc.json", editor_settings(), FILE },
  }
  local ignored = folder .. "/.gitignore"
  local lacking = missing_in(ignored)
  local theirs = sys.stat(ignored) ~= nil
  if not theirs then files[#files + 1] = { ".gitignore", lacking, FILE } end
  for _, file in ipairs(files) do -- all, or none
    local path = folder .. "/" .. file[1]
    if sys.stat(path) then
      errors.raise("output", path .. " is there already; nothing was written",
        { hint = "lash init DIR takes another folder" })
    end
  end
  for _, file in ipairs(files) do
    local path = folder .. "/" .. file[1]
    local ok, message = sys.mkdir_p(path:match "^(.*)/", FOLDER)
    if ok then ok, message = sys.write_atomic(path, file[2], file[3]) end
    if not ok then errors.raise("output", message) end
    output.write(path .. "\n")
  end
  if theirs and lacking then
    local ok, message = sys.append(ignored, lacking, FILE)
    if not ok then errors.raise("output", message, { hint = ".env.local must not be committed" }) end
    output.note(ignored .. ": .env.local was added\n")
  end
  output.note(("next: a key into %s/.env.local, then `lash %s/hello.lua`; `lash test` needs none\n")
    :format(folder, folder))
  return 0
end
