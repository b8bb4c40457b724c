local folder = require "spec.support.folder"

describe("lash.secrets", function()
  local secrets, restore
  before_each(function()
    restore = folder.environment { WEATHER_TOKEN = "token-from-env", PATH = "/usr/bin", SHORT_KEY = "abc" }
    package.loaded["lash.secrets"] = nil
    secrets = require "lash.secrets"
  end)
  after_each(function()
    restore()
    package.loaded["lash.secrets"] = nil
  end)

  it("shows text without secrets as it is", function()
    assert.equal("nothing here", secrets.redact "nothing here")
    assert.equal("", secrets.redact "")
    assert.equal("PATH=/usr/bin abc", secrets.redact "PATH=/usr/bin abc")
  end)

  it("hides all of them, too, when there was no memory for one of their forms", function()
    local sys, json = require "lash.core.sys", require "lash.core.json"
    local base64, encode, environ = sys.base64, json.encode, sys.environ
    for n = 1, 20 do
      package.loaded["lash.secrets"] = nil
      secrets = require "lash.secrets"
      secrets.add "sk-the-first"
      secrets.add "sk-the-second"
      local calls = 0
      local function failing(f)
        return function(...)
          calls = calls + 1
          if calls == n then error("not enough memory", 0) end
          return f(...)
        end
      end
      sys.base64, json.encode, sys.environ = failing(base64), failing(encode), failing(environ)
      pcall(secrets.redact, "x")
      sys.base64, json.encode, sys.environ = base64, encode, environ
      local text = "<sk-the-first sk-the-second token-from-env " .. base64 "sk-the-first" .. ">"
      assert.equal("<[secret] [secret] [secret] [secret]>", secrets.redact(text), n)
    end
  end)

  it("hides every form of a secret", function()
    secrets.add "sk-a/b+c=d\n"
    for _, form in ipairs { "sk-a/b+c=d", "sk-a%2Fb%2Bc%3Dd", "c2stYS9iK2M9ZA", "c2stYS9iK2M9ZAo" } do
      assert.equal("<[secret]>", secrets.redact("<" .. form .. ">"))
    end
    assert.equal("[secret][secret] [secret]", secrets.redact "sk-a/b+c=dsk-a/b+c=d sk-a/b+c=d")
  end)

  it("hides a secret in base64 of a longer text, wherever it stands there", function()
    local base64 = require("lash.core.sys").base64
    secrets.add "sk-abcdef-1234567"
    for before = 0, 5 do
      for behind = 0, 3 do
        local text = base64(("x"):rep(before) .. "sk-abcdef-1234567" .. ("y"):rep(behind))
        local whole = secrets.redact(text)
        local left = whole:gsub("%[secret%]", "")
        assert.is_true(left ~= whole and #left <= #text - 20, text .. ": " .. whole)
      end
    end
  end)

  it("hides a secret that is percent-encoded, also in small letters", function()
    secrets.add "sk-a/b+c=d"
    assert.equal("[secret] [secret]", secrets.redact "sk-a%2Fb%2Bc%3Dd sk-a%2fb%2bc%3dd")
  end)

  it("hides a secret in whatever pieces it comes", function()
    secrets.add "sk-secret-sk-s"
    local text = "a sk-secret-sk-secret-sk-s, sk-sk-secret-sk-s. sk-secret-sk- s sk-"
    local whole = secrets.redact(text)
    assert.equal("a [secret]ecret-sk-s, sk-[secret]. sk-secret-sk- s sk-", whole)
    for size = 1, #text do
      local redact, parts = secrets.redactor(), {}
      for at = 1, #text, size do parts[#parts + 1] = redact(text:sub(at, at + size - 1)) end
      parts[#parts + 1] = redact()
      assert.equal(whole, table.concat(parts), size)
    end
  end)

  it("keeps no text back that cannot become a secret", function()
    secrets.add "sk-secret"
    local redact = secrets.redactor()
    assert.same({ "ri", "sk-se ", "", "sk-x", "", "sk" },
      { redact "ris", redact "k-se ", redact "sk-", redact "x", redact "sk", redact() })
  end)

  it("gives at once what is too short to keep, and masks the rest of a secret then", function()
    secrets.add "sk-secret"
    local redact = secrets.redactor(4)
    assert.same({ "a sk-", "[secret] s", "ky sk-", "", "[secret]sky sk-secre", "[secret]." }, {
      redact "a sk-", redact "secret s", redact "ky sk-", redact "sec", redact "retsky sk-secre" .. redact(),
      redact "t." })
  end)

  it("hides the values of variables with telling names", function()
    assert.equal("got [secret]", secrets.redact "got token-from-env")
  end)

  it("hides what was added before the first use, and after", function()
    restore()
    restore = folder.environment {}
    secrets.add "before"
    assert.equal("[secret] later-", secrets.redact "before later-")
    secrets.add "later-"
    assert.equal("[secret] [secret]", secrets.redact "before later-")
  end)

  it("hides the longest, and what overlaps as one", function()
    secrets.add "abcdef"
    assert.equal("[secret]", secrets.redact "abcdef")
    secrets.add "abcdefghij"
    secrets.add "hijklmno"
    assert.equal("-[secret]-", secrets.redact "-abcdefghij-")
    assert.equal("-[secret]-", secrets.redact "-abcdefghijklmno-")
  end)

  it("survives a secret that is a word of its own mask", function()
    secrets.add "secret"
    assert.equal("[secret]", secrets.redact "secret")
  end)

  it("treats a secret as text, not as a pattern", function()
    secrets.add "%d+.*[x"
    assert.equal("123456 [secret]", secrets.redact "123456 %d+.*[x")
  end)

  it("ignores what is too short to be one", function()
    secrets.add "12345"
    secrets.add "  12345   "
    secrets.add ""
    assert.equal("12345", secrets.redact "12345")
  end)

  it("knows telling names", function()
    for _, name in ipairs { "DASHSCOPE_API_KEY", "gh_token", "X_Secret", "DB_PASSWORD" } do
      assert.is_true(secrets.is_name(name), name)
    end
    for _, name in ipairs { "KEY", "KEYBOARD", "API_KEYS", "TOKEN_COUNT", "MONKEY", "A_MONKEY", "" } do
      assert.is_false(secrets.is_name(name), name)
    end
  end)

  it("copies records deeply, keeping what is not text", function()
    secrets.add "sk-123456"
    local meta = {}
    local record = setmetatable({ 1, true, "key sk-123456", deep = { ["sk-123456"] = { "sk-123456" } } }, meta)
    record.self = record
    local copy = secrets.redact_all(record)
    assert.same({ 1, true, "key [secret]" }, { copy[1], copy[2], copy[3] })
    assert.same({ ["[secret]"] = { "[secret]" } }, copy.deep)
    assert.equal(copy, copy.self)
    assert.equal(meta, getmetatable(copy))
    assert.equal("key sk-123456", record[3])
    assert.is_nil(secrets.redact_all(nil))
  end)
end)
