--- Character references: those that people and models write. What is not known is
-- shown as it stands.
local NAMED = {
  amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = "\u{A0}", copy = "©", reg = "®", trade = "™",
  hellip = "…", mdash = "—", ndash = "–", lsquo = "‘", rsquo = "’", ldquo = "“", rdquo = "”", laquo = "«",
  raquo = "»", bull = "•", middot = "·", times = "×", divide = "÷", deg = "°", plusmn = "±", para = "¶", sect = "§",
  euro = "€", pound = "£", yen = "¥", cent = "¢", micro = "µ", larr = "←", rarr = "→", uarr = "↑", darr = "↓",
  harr = "↔", le = "≤", ge = "≥", ne = "≠", infin = "∞", check = "✓", auml = "ä", ouml = "ö", uuml = "ü",
  Auml = "Ä", Ouml = "Ö", Uuml = "Ü", szlig = "ß", eacute = "é", frac12 = "½", frac14 = "¼", frac34 = "¾",
}

local REPLACEMENT = "\u{FFFD}"

--- Digits of a reference; more are none.
local MOST_DECIMAL, MOST_HEX = 7, 6

--- The character that a name like #27 or #x1b stands for.
local function code_of(name)
  local decimal, hex = name:match "^#(%d+)$", name:match "^#[xX](%x+)$"
  if decimal and #decimal <= MOST_DECIMAL then return tonumber(decimal) end
  if hex and #hex <= MOST_HEX then return tonumber(hex, 16) end
end

--- A control character stays one: it is made visible with all others.
---@param source string  "&#27;"
---@return string text
return function(source)
  local name = source:sub(2, -2)
  local code = code_of(name)
  if not code then return NAMED[name] or source end
  if code == 0 or code > 0x10FFFF or (code >= 0xD800 and code <= 0xDFFF) then return REPLACEMENT end
  return utf8.char(code)
end
