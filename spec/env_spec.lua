local config = require "lash.config"
local folder = require "spec.support.folder"

describe("lash.env", function()
  it("gives a variable, nil, or an error", function()
    local dir <close> = folder.new()
    local restore = folder.environment { HOME = dir.path, SET = "1" }
    finally(restore)
    dir:write(".env.local", "LOCAL=2")
    config.load { script_dir = dir.path, cwd = dir.path }
    local env = require "lash.env"
    assert.same({ "1", "2" }, { env.SET, env "LOCAL" })
    assert.is_nil(env.ABSENT)
    local ok, err = pcall(env, "ABSENT")
    assert.is_false(ok)
    assert.same({ "config", "$ABSENT is not set" }, { err.kind, err.message })
    assert.equal("usage", select(2, pcall(env, 1)).kind)
    assert.equal("usage", select(2, pcall(function() env.SET = 2 end)).kind)
  end)
end)
