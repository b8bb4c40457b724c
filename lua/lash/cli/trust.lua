--- lash trust [DIR]: lets the config.json and .env.local of a folder count.
local errors = require "lash.errors"
local trust = require "lash.trust"

---@param argv string[]
---@return integer exit
return function(argv)
  if #argv > 1 or (argv[1] or ""):find "^%-." then
    errors.raise("usage", "lash trust takes one folder at most", { hint = "usage: lash trust [DIR]" })
  end
  local folder, hashes = trust.add(argv[1] or ".")
  if not folder then error(hashes, 0) end
  print("trusted: " .. folder)
  for _, name in ipairs(trust.files) do
    if hashes[name] then print(("  %-12s sha256 %s"):format(name, hashes[name])) end
  end
  print "as they are now: a change ends it"
  return 0
end
