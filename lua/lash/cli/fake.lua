--- lash fake [--port N] [REPLIES.lua]: a local stand-in for the service.
local errors = require "lash.errors"
local spelling = require "lash.spelling"

local function port_of(word)
  local port = word and word:find "^%d+$" and math.tointeger(tonumber(word))
  if not port or port > 65535 then
    errors.raise("usage", ("lash fake: '%s' is not a port"):format(word or ""), { hint = "0 takes any free one" })
  end
  return port
end

---@param argv string[]
---@return { port?: integer, file?: string }
local function read(argv)
  local options, i, only_files = {}, 1, false
  while argv[i] do
    local word = argv[i]
    local name, given = word:match "^(%-%-?[^=]*)=?(.*)$"
    if word == "--" and not only_files then
      only_files = true
    elseif name == "--port" and not only_files then
      if not word:find("=", 1, true) then
        i = i + 1
        given = argv[i]
      end
      options.port = port_of(given)
    elseif name and not only_files then
      local near = spelling.nearest(name, { "--port" })
      errors.raise("usage", "lash fake: unknown option " .. word, {
        hint = near and ("did you mean '%s'?"):format(near) or "lash fake [--port N] [REPLIES.lua]" })
    elseif options.file then
      errors.raise("usage", "lash fake: one file of replies at most, and '" .. word .. "' is the second")
    else
      options.file = word
    end
    i = i + 1
  end
  return options
end

---@param argv string[]
---@return integer exit
return function(argv)
  local fake = require "lash.fake"
  local options = read(argv)
  local replies = options.file and require("lash.fake.script").load(options.file)
  local server <close> = fake.open { port = options.port, replies = replies }
  require("lash.output").write_public(("# lash fake: a simulated service at %s\n"
    .. "export DASHSCOPE_API_BASE=%s\nexport DASHSCOPE_API_KEY=sk-fake\n"):format(server.url, server.url))
  require("lash.context").serving = true -- how else should a server end
  server:run()
  return 0
end
