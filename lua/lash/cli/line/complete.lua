--- The Tab key: what all candidates have in common is filled in; when that is
-- nothing more, they are listed.
local output = require "lash.output"
local tty = require "lash.core.tty"

local MANY = 100 -- that are listed
local GAP = 2

--- What all of them begin with, in whole characters.
local function common(candidates)
  local first, n = candidates[1], #candidates[1]
  for i = 2, #candidates do
    local other, k = candidates[i], 0
    while k < n and first:byte(k + 1) == other:byte(k + 1) do k = k + 1 end
    n = k
  end
  while n > 0 and (first:byte(n + 1) or 0) & 0xC0 == 0x80 do n = n - 1 end
  return first:sub(1, n)
end

--- Candidates in columns.
local function columns(candidates)
  local names, widest = {}, 1
  for i = 1, math.min(#candidates, MANY) do
    names[i] = output.exact(output.one_line(candidates[i]))
    widest = math.max(widest, utf8.len(names[i]) or #names[i])
  end
  local width = tty.columns()
  local across = math.max(1, (width > 0 and width or 80) // (widest + GAP))
  local rows = (#names + across - 1) // across
  local lines = {}
  for row = 1, rows do
    local line = {}
    for column = 0, across - 1 do
      local name = names[row + column * rows]
      if name then line[#line + 1] = name .. (" "):rep(widest + GAP - (utf8.len(name) or #name)) end
    end
    lines[row] = table.concat(line):gsub("%s+$", "")
  end
  if #candidates > MANY then lines[#lines + 1] = ("... and %d more"):format(#candidates - MANY) end
  return table.concat(lines, "\n") .. "\n"
end

---@param editor lash.edit.editor  which has a line
---@param before string  what stands before the cursor
---@param complete fun(before: string): string, string[]  the word, and what it may become
return function(editor, before, complete)
  local word, candidates = complete(before)
  if #candidates == 0 then return end
  local text = common(candidates)
  if #candidates == 1 and not text:find "[/ ]$" then text = text .. " " end
  if text ~= word and #text >= #word then
    editor:replace(utf8.len(word) or 0, text)
  elseif #candidates > 1 then
    editor:print(columns(candidates))
  end
end
