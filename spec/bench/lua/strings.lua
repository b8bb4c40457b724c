--- Strings: made, joined, searched, replaced.
local parts = {}
for i = 1, 200000 do parts[i] = ("item %d, "):format(i % 1000) end
local text = table.concat(parts)
local count = 0
for number in text:gmatch "%d+" do count = count + #number end
assert(count > 0 and #text:gsub("item", "thing") > #text)
