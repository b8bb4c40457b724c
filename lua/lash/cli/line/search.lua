--- Ctrl-R: searches everything that was typed, in all folders, the latest first.
-- A key adds to what is looked for, Ctrl-R goes on to an older text, Enter takes it,
-- Ctrl-G goes back to what stood there; any other key takes it for editing.
local BACK, DELETE, AGAIN, LEAVE = 8, 127, 18, 7
local FIRST_PRINTABLE = 32

--- The place of the next older text that has the word in it.
local function find(texts, word, from)
  for i = from, 1, -1 do
    if texts[i]:lower():find(word:lower(), 1, true) then return i end
  end
end

---@param editor lash.edit.editor  which has a line
---@param texts string[]  the latest last
---@param prompt string  of the line
---@param text string  that stands there
return function(editor, texts, prompt, text)
  local word, at, failed = "", #texts + 1, false
  local function shown() return texts[at] or text end
  while true do
    editor:show(("(%ssearch) %s: "):format(failed and "no other; " or "", word:gsub("%c", "?")), shown())
    local key = editor:key()
    if not key then break end
    local from
    if key == AGAIN then
      from = at - 1
    elseif key == BACK or key == DELETE then
      word = word:sub(1, (utf8.offset(word, -1) or 1) - 1)
      from = #texts
    elseif key >= FIRST_PRINTABLE then
      word = word .. utf8.char(key)
      from = math.min(at, #texts)
    elseif key == LEAVE then
      at = #texts + 1
      break
    else
      editor:unread(key)
      break
    end
    local found = word ~= "" and find(texts, word, from) or nil
    failed = word ~= "" and not found
    at = found or at
  end
  editor:show(prompt, shown())
end
