--- Jobs under schedulers of others: the commands that the documentation has for them.
local json = require "lash.core.json"
local support = require "spec.support.job"

--- The page that has them.
local function page()
  local file <close> = assert(io.open "docs/cron.md")
  return file:read "a"
end

local function quoted(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

describe("lash job run, started as the documentation says,", function()
  local home
  before_each(function()
    home = support.new()
    home:job("digest", 'schedule = "* * * * *", run = function(job) lash.fs.append("done", job.due .. "\\n") end')
  end)
  after_each(function() home:close() end)

  --- Runs a command in an environment that has nothing but these; no home, no user.
  local function run(words, variables)
    for i, word in ipairs(words) do
      words[i] = quoted(word == "lash" and os.getenv "LASH_PROGRAM" or word:gsub("^/jobs", home.path))
    end
    local res = home:sh(("cd / && env -i %s %s </dev/null"):format(variables, table.concat(words, " ")))
    assert.same({ 0, "", "" }, { res.exit, res.out, res.err })
    return home:read "done"
  end

  it("is right in a CronJob of Kubernetes", function()
    local yaml = page():match "```yaml\n(.-)```"
    local words = assert(json.decode(yaml:match "\n +command: (%b[])"))
    assert.matches("name: XDG_STATE_HOME, value: /state", yaml, nil, true)
    local state = "XDG_STATE_HOME=" .. quoted(home.path .. "/state")
    local first = run({ table.unpack(words) }, state)
    local both = run(words, state) -- a pod more: at most another minute's work
    assert.matches("^%d+\n$", first)
    assert.is_true(both == first or both:sub(1, #first) == first and both:sub(#first + 1) > first)
    assert.is_true(home:has "state/lash/jobs/digest.json")
    assert.truthy(require("lash.schedule").parse(yaml:match 'schedule: "([^"]*)"', yaml:match "timeZone: (%S+)"))
  end)

  it("is right under supercronic", function()
    local line = page():match "```crontab\n(.-)\n```"
    local fields, command = line:match "^(%S+ %S+ %S+ %S+ %S+) (.*)$"
    assert.truthy(require("lash.schedule").parse(fields))
    local words = {}
    for word in command:gmatch "%S+" do words[#words + 1] = word end
    assert.matches("^%d+\n$", run(words, "HOME=" .. quoted(home.path)))
  end)
end)
