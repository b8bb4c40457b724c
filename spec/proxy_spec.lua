--- Proxies: which one is used, and what of it is shown.
local model = require "spec.support.model"
local proxy = require "lash.proxy"
local secrets = require "lash.secrets"
local shell = require "spec.support.shell"

describe("a proxy", function()
  it("is shown without its user, whatever the password holds", function()
    for url, shown in pairs {
      ["http://h:8080"] = "http://h:8080", ["h:8080"] = "http://h:8080", ["http://me:pass@h:1"] = "http://h:1",
      ["http://me:p@ss@h:1"] = "http://h:1",
      ["socks5h://me:pa/ss@h:1/"] = "socks5h://h:1", ["me:p@[::1]:80"] = "http://[::1]:80",
    } do
      assert.equal(shown, proxy.shown(url))
    end
    proxy.hide "http://me:ca@na/ry@h:1"
    assert.equal("[secret] [secret]", secrets.redact "ca@na/ry me:ca@na/ry")
  end)

  it("is refused where libcurl would quote it", function()
    for url, wrong in pairs {
      ["http://me:p@ss@h:1"] = "user name or password", ["http://h:99x"] = "host or port",
      ["http://h:99999"] = "host or port",
      ["foo://h"] = "scheme", ["http://"] = "host or port",
    } do
      assert.matches(wrong, proxy.flaw(url), nil, nil, url)
    end
    for _, url in ipairs { "h", "h:8080", "http://me:p%40@h:1", "https://[::1]:3128", "socks5://127.0.0.1:1080" } do
      assert.is_nil(proxy.flaw(url), url)
    end
  end)

  it("of the environment that is malformed is the configuration's fault, and tells no password", function()
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = "http://example.invalid/v1",
      http_proxy = "http://me:pass-canary@127.0.0.1:99x" }
    for _, words in ipairs { { "ask", "hi" }, { "-vv", "ask", "hi" }, { "check" } } do
      local ended = sh:lash(table.unpack(words))
      assert.equal(78, ended.exit, ended.err)
      assert.is_nil((ended.out .. ended.err):find("canary", 1, true))
    end
  end)

  it("spares what $no_proxy names", function()
    local provider = model.provider "http://api.example.org/v1"
    provider.proxy = nil
    local sys = require "lash.core.sys"
    local real, variables = sys.getenv, {}
    sys.getenv = function(name) return variables[name] end
    local _restore <close> = setmetatable({}, { __close = function() sys.getenv = real end })
    variables.http_proxy = "http://h:1"
    assert.same({ "http://h:1", "$http_proxy" }, { proxy.of(provider) })
    for list, spared in pairs { ["example.org"] = true, [".example.org"] = true, ["*"] = true,
      ["a, API.example.org"] = true,
      ["ample.org"] = false, [""] = false } do
      variables.no_proxy = list
      assert.equal(spared, proxy.of(provider) == nil, list)
    end
  end)
end)
