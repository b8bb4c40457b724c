std = "lua54"
self = false
max_line_length = 120
ignore = {
  "211/_.*", -- a name with a leading underscore may stay unused (<close> guards)
  "212/_.*",
}
-- These take over what the standard library has.
files["lua/lash/host.lua"] = { globals = { "os" } }
files["lua/lash/trial/clock.lua"] = { globals = { "os" } }
files["lua/lash/cli/test.lua"] = { globals = { "arg" } }
files["lua/lash/standard.lua"] = { globals = { "io", "print", "warn" } }
files["lua/lash/cli/script.lua"] = { globals = { "arg", "lash" } }
files["spec"] = { std = "+busted" }
files["scripts"] = { globals = { "lash" } }
exclude_files = { "lua/_meta", "build" }
