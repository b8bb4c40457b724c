--- The names of options that are in force, as of a table of cli/options.lua and of those
-- that it builds on.
---@param options table<string, lash.cli.Option|false>
---@return string[] names  sorted
return function(options)
  local names, of, seen = {}, options, {}
  while of do
    for name in pairs(of) do
      if options[name] and not seen[name] then names[#names + 1], seen[name] = name, true end
    end
    of = (getmetatable(of) or {}).__index
  end
  table.sort(names)
  return names
end
