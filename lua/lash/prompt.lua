--- A prompt as the content of a user message: a string, or a list of strings,
-- `{file=path}` and `{image=path_or_url}`.
local errors = require "lash.errors"
local spelling = require "lash.spelling"
local sys = require "lash.core.sys"

local M = {}

local FILE_LIMIT = 4 << 20 -- bytes; more does not fit any context
local IMAGE_LIMIT = 7 << 20 -- bytes; the service takes 10 MB of data URL

--- Kinds of images by their first bytes.
local LONGEST_MARK = 12
local IMAGES = {
  { "^\x89PNG\r\n\x1A\n", "image/png" },
  { "^\xFF\xD8\xFF", "image/jpeg" },
  { "^GIF8[79]a", "image/gif" },
  { "^RIFF....WEBP", "image/webp" },
  { "^BM", "image/bmp" },
}

local function too_large(what, limit) return ("cannot read %s: larger than %d bytes"):format(what, limit) end

--- All that comes from a stream that may have no end.
local function read_stream(what, stream, limit)
  local bytes, message = stream:read(limit + 1)
  if message then errors.raise("io", ("cannot read %s: %s"):format(what, message)) end
  if bytes and #bytes > limit then errors.raise("input", too_large(what, limit)) end
  return bytes or ""
end

--- The bytes of a file, or of a pipe, as the shell's `<(command)` makes one.
local function read(path, limit)
  local stat = sys.stat(path)
  if stat and stat.type ~= "file" and stat.type ~= "directory" then
    local stream <close> = io.open(path)
    if stream then return read_stream(path, stream, limit) end
  end
  local bytes, message = sys.read_file(path, limit)
  return bytes or errors.raise("input", message)
end

---@return string? kind  "image/png"; nil: no image
local function image_kind(bytes)
  for _, kind in ipairs(IMAGES) do
    if bytes:find(kind[1]) then return kind[2] end
  end
end

--- Bytes as text for a prompt.
---@param what string  where they are from
---@param bytes string
---@return string
function M.text_of(what, bytes)
  if not bytes:find "\0" and utf8.len(bytes) then return bytes end
  local hint = bytes:find "\0" and "what is binary is no prompt; of UTF-16, iconv -f UTF-16 -t UTF-8 makes one"
    or "iconv converts texts: iconv -f LATIN1 -t UTF-8"
  if image_kind(bytes) then hint = "an image goes into a prompt as { image = path }, or with --image" end
  errors.raise("input", what .. " is not a text in UTF-8", { hint = hint })
end

--- Standard input as text for a prompt.
---@return string
function M.stdin()
  local what = "standard input"
  return M.text_of(what, read_stream(what, io.stdin, FILE_LIMIT))
end

--- A text in a fence that nothing in it can end.
---@param text string
---@return string
function M.fenced(text)
  local longest = 2
  for run in text:gmatch "`+" do longest = math.max(longest, #run) end
  local fence = ("`"):rep(longest + 1)
  return ("%s\n%s%s%s"):format(fence, text, text:sub(-1) == "\n" and "" or "\n", fence)
end

--- The content of a file as text for a prompt.
---@param path string
---@return string
function M.file(path) return ("File %s:\n%s"):format(path, M.fenced(M.text_of(path, read(path, FILE_LIMIT)))) end

--- A file as a part of a prompt, by what it is and not by its name.
---@param path string
---@return table part
function M.part(path)
  local stat = sys.stat(path)
  local file <close> = stat and stat.type == "file" and io.open(path) or nil -- a pipe is read once
  local is_image = file and image_kind(file:read(LONGEST_MARK) or "")
  return is_image and { image = path } or { file = path }
end

--- The URL of an image: of the web, or of data when it is a file.
---@param where string
---@return string url
local function image_url(where)
  if where:find "^https?://" or where:find "^data:image/" then return where end
  local bytes = read(where, IMAGE_LIMIT)
  local kind = image_kind(bytes)
  if kind then return ("data:%s;base64,%s"):format(kind, sys.base64(bytes)) end
  errors.raise("input", where .. " is not an image", { hint = "PNG, JPEG, GIF, WebP or BMP" })
end

local function part_text(where, part)
  if type(part) == "string" then return part end
  if type(part) ~= "table" then
    errors.raise("usage", ("%s: expected a string or a table, got %s"):format(where, type(part)))
  end
  spelling.check_keys(where, part, { file = true, image = true })
  for key, value in pairs(part) do
    if type(value) ~= "string" then
      errors.raise("usage", ("%s.%s: expected a string, got %s"):format(where, key, type(value)))
    end
  end
  return part.file and M.file(part.file)
end

--- Text parts come first, as one: models read images in the light of it.
---@param prompt string|table
---@return string|table[] content  a list of parts when there are images
function M.content(prompt)
  if type(prompt) == "number" then return tostring(prompt) end
  if prompt == "" then errors.raise("usage", "the prompt is empty") end
  if type(prompt) == "string" then return prompt end
  if type(prompt) ~= "table" then
    errors.raise("usage", "a prompt is a string or a list, got " .. type(prompt),
      { hint = 'a list holds strings, { file = "path" } and { image = "path or URL" }' })
  end
  local texts, images = {}, {}
  for i, part in ipairs((prompt.file or prompt.image) and { prompt } or prompt) do
    texts[#texts + 1] = part_text(("prompt[%d]"):format(i), part)
    if type(part) == "table" and part.image then
      images[#images + 1] = { type = "image_url", image_url = { url = image_url(part.image) } }
    end
  end
  if #texts + #images == 0 then errors.raise("usage", "the prompt is empty") end
  local text = table.concat(texts, "\n\n")
  if #images == 0 then return text end
  if text ~= "" then table.insert(images, 1, { type = "text", text = text }) end
  return images
end

return M
