--- What md4c found in a piece of text, onto the lines of a layout: emphasis, code,
-- links. Without colour the marks of the source stay, for the text to mean the same.
local core = require "lash.core.markdown"
local entity = require "lash.markdown.entity"
local secrets = require "lash.secrets"

local M = {}

local STYLES = { em = "3", strong = "1", del = "9", code = "36", link = "4", image = "4" }
local MARKS = { em = "*", strong = "**", del = "~~", code = "`", link = "", image = "" }
local URL_STYLE = "2"

local function join(style, more)
  if style == "" then return more end
  return style .. ";" .. more
end

--- The address of a link is shown, unless it is the text already.
local function is_shown(url, text)
  return url == text or url == "mailto:" .. text or url == "http://" .. text
end

--- Entities in an address are those of the text.
local function address(url)
  return (url:gsub("&[%w#]+;", entity):gsub("\\(%p)", "%1"))
end

--- What an event shows of the text; nil: nothing.
local function text_of(events, i)
  local kind, value = events[i], events[i + 1]
  if kind == "entity" then return entity(value) end
  if kind == "text" and events[i + 2] == "break" then return (value:gsub("\\$", "")) end
  if kind == "text" or kind == "code" or kind == "html" then return value end
end

--- The text without its styles: nobody else sees it so, for they may stand in the
-- middle of a word.
local function plain(events, from, last)
  local parts = {}
  for i = from, last, 2 do parts[#parts + 1] = events[i] == "break" and " " or text_of(events, i) end
  return table.concat(parts)
end

--- Puts events on the layout. A text with a secret in it loses its styles.
---@param layout lash.markdown.Layout
---@param events string[]  of lash.core.markdown
---@param base string  the style around them
---@param from? integer
---@param last? integer
function M.put(layout, events, base, from, last)
  from, last = from or 1, last or #events
  local all = plain(events, from, last)
  local masked = secrets.redact(all)
  if masked ~= all then return layout:text(masked, base) end
  local styles, texts, text, in_code = { base }, {}, "", false
  local function show(piece)
    layout:text(piece, styles[#styles])
    text = text .. piece
  end
  for i = from, last, 2 do
    local kind, value = events[i], events[i + 1]
    if kind == "enter" then
      styles[#styles + 1] = join(styles[#styles], STYLES[value])
      if not layout.colour then layout:text(MARKS[value], "") end
      texts[#texts + 1], text = text, ""
      in_code = value == "code"
    elseif kind == "leave" and #texts > 0 then -- md4c may end an address twice
      if not layout.colour then layout:text(MARKS[value], "") end
      styles[#styles] = nil
      local inner = text
      text = table.remove(texts) .. inner
      in_code = false
      if value == "link" or value == "image" then
        local url = secrets.redact(address(events[i + 3] or "")) -- it may be broken over lines
        if url ~= "" and not is_shown(url, inner) then
          local style = join(styles[#styles], URL_STYLE)
          if inner ~= "" then layout:text(" ", style) end
          layout:text("(" .. url .. ")", style)
        end
      end
    elseif kind == "break" then
      if in_code then show " " else layout:new_line() end
    else
      local piece = text_of(events, i)
      if piece then show(piece) end
    end
  end
end

--- The whole of a text that is no longer than a line may be.
---@param layout lash.markdown.Layout
---@param text string
---@param base string
function M.put_text(layout, text, base)
  local events = core.inline(text)
  M.put(layout, events or { "text", text }, base)
end

return M
