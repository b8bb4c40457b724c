--- Tables: filled with numbers in no order, sorted by a function.
local seed, list = 42, {}
for i = 1, 200000 do
  seed = (seed * 1103515245 + 12345) % 2147483648
  list[i] = seed
end
table.sort(list, function(a, b) return a < b end)
for i = 2, #list do assert(list[i - 1] <= list[i]) end
