--- The words of a shell line that needs no shell.
--
-- A policy allows commands by their words. Of a line those are known only when
-- a shell would do nothing with it but split it: no operators, expansions,
-- patterns, assignments; else this gives up.
local PLAIN = "^[%w_@%%+=:,./-]+"

-- Words that a shell takes for itself when they come first.
local RESERVED = {}
for word in ("! [[ case do done elif else esac exec eval fi for function if in select source . then time until while "
  .. "alias builtin cd command exit export read return set shift trap type ulimit umask unset wait "
  .. "bg fg getopts hash jobs let local times"):gmatch "%S+" do
  RESERVED[word] = true
end

--- Reads one word; where it ends, or nil when it is not a plain one.
local function read_word(line, at)
  local parts = {}
  while at <= #line and not line:find("^[ \t]", at) do
    local quoted = line:match("^'([^']*)'", at) or line:match('^"([^"$`\\!]*)"', at)
    local piece = quoted or line:match(PLAIN, at)
    if not piece then return nil end
    parts[#parts + 1] = piece
    at = at + #piece + (quoted and 2 or 0)
  end
  return table.concat(parts), at
end

--- The words of the line; nil when only a shell knows them.
---@param line string
---@return string[]?
return function(line)
  if line:find "[%z\n\r]" then return nil end
  local words, at = {}, line:match "^[ \t]*()"
  while at <= #line do
    local word
    word, at = read_word(line, at)
    if not word then return nil end
    words[#words + 1] = word
    at = line:match("^[ \t]*()", at)
  end
  local first = words[1]
  if not first or first:find "=" or RESERVED[first] then return nil end
  return words
end
