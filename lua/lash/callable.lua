--- Can a value be called? A function can, and an agent, a tool, …
---@param v any
---@return boolean
return function(v)
  local meta = getmetatable(v)
  return type(v) == "function" or type(meta) == "table" and meta.__call ~= nil
end
