--- config.json: whatever is in it, what one asks of the configuration is there, or
--- fails as `config`.
local places = require "lash.config.places"
local file = {}
function places.find() return { config = file, env = {}, notes = {} } end

local config = require "lash.config"
local errors = require "lash.errors"
local json = require "lash.core.json"

local function ask(f, ...)
  local ok, result = pcall(f, ...)
  if ok then return result end
  assert(errors.is(result) and result.kind == "config" and #result.message > 0, tostring(result))
  return nil
end

return function(input)
  file.path, file.text = "/config.json", input
  local loaded = config.load { warn = print }
  local data = ask(loaded._data, loaded)
  if not data then return end
  for _, name in ipairs { "agents", "models", "providers" } do
    assert(data[name] == nil or type(data[name]) == "table" and not json.is_array(data[name]), name)
  end
  ask(loaded.agent, loaded)
  for name in pairs(data.agents or {}) do
    local agent = ask(loaded.agent, loaded, name)
    assert(agent == nil or type(agent) == "table" and agent.model, name)
  end
  for name in pairs(data.providers or {}) do
    local provider = ask(loaded.provider, loaded, name)
    if provider then
      assert(provider.api_base:find "^https?://[%w_%[-]" and not provider.api_base:find "[%c ]", provider.api_base)
      assert(provider.api_key == nil or not provider.api_key:find "%c")
    end
    ask(loaded.keyless_provider, loaded, name)
  end
end
