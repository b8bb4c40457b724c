--- Closures, coroutines and protected calls.
local function counter()
  local n = 0
  return function()
    n = n + 1
    return n
  end
end

local sum = 0
for _ = 1, 200000 do
  local count = counter()
  count()
  sum = sum + count()
end
assert(sum == 400000)
local numbers = coroutine.wrap(function()
  for i = 1, 300000 do coroutine.yield(i) end
end)
for _ = 1, 300000 do sum = sum + numbers() end
for i = 1, 300000 do
  local ok, value = pcall(math.floor, i)
  assert(ok and value == i)
end
