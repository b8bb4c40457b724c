--- Markdown on a terminal: any pieces give the same text, and nothing in it does
--- anything to the terminal but show itself.
local support = require "spec.support.markdown"

--- No control characters, as bytes or in UTF-8, and nothing that reorders a text.
local function check_harmless(text)
  assert(utf8.len(text), "not UTF-8")
  assert(not text:find "[\0-\8\11-\31\127]" and not text:find "\xC2[\x80-\x9F]", "a control character")
  assert(not text:find "\xE2\x80[\xA8-\xAE]" and not text:find "\xE2\x81[\xA6-\xA9]", "a control character")
end

return function(input)
  local options = { width = 10 + #input % 70, colour = #input % 2 == 1 }
  local whole = support.render(input, options)
  for _, size in ipairs { 1, 3, 2 + #input % 17 } do
    local cut = support.render(support.cut(input, size), options)
    if cut ~= whole then error(("in pieces of %d: %q, not %q"):format(size, cut, whole)) end
  end
  check_harmless(options.colour and support.plain(whole) or whole)
  assert(whole == "" or whole:sub(-1) == "\n" and whole:sub(-2) ~= "\n\n", "how it ends")
  for line in whole:gmatch "[^\n]*\n" do
    assert(line:match "^.*\27%[([%d;]*)m" == "0" or not line:find "\27", "a style goes on behind its line")
  end
end
