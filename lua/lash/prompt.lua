--- A prompt as the content of a user message: a string, or a list of strings,
-- `{file=path}` and `{image=path_or_url}`.
local errors = require "lash.errors"
local sys = require "lash.core.sys"

local M = {}

local FILE_LIMIT = 4 << 20 -- bytes; more does not fit any context
local IMAGE_LIMIT = 7 << 20 -- bytes; the service takes 10 MB of data URL

--- Kinds of images by their first bytes.
local IMAGES = {
  { "^\x89PNG\r\n\x1A\n", "image/png" },
  { "^\xFF\xD8\xFF", "image/jpeg" },
  { "^GIF8[79]a", "image/gif" },
  { "^RIFF....WEBP", "image/webp" },
  { "^BM", "image/bmp" },
}

local function read(path, limit)
  local bytes, message, code = sys.read_file(path, limit)
  if bytes then return bytes end
  errors.raise((code == "missing" or code == "toobig") and "input" or "io", message)
end

--- The content of a file as text for a prompt.
---@param path string
---@return string
function M.file(path)
  local text = read(path, FILE_LIMIT)
  if text:find "\0" or not utf8.len(text) then
    errors.raise("input", path .. " is not a text in UTF-8",
      { hint = "an image goes into a prompt as { image = path }" })
  end
  return ("File %s:\n```\n%s\n```"):format(path, text)
end

--- The URL of an image: of the web, or of data when it is a file.
---@param where string
---@return string url
local function image_url(where)
  if where:find "^https?://" or where:find "^data:image/" then return where end
  local bytes = read(where, IMAGE_LIMIT)
  for _, kind in ipairs(IMAGES) do
    if bytes:find(kind[1]) then return ("data:%s;base64,%s"):format(kind[2], sys.base64(bytes)) end
  end
  errors.raise("input", where .. " is not an image", { hint = "PNG, JPEG, GIF, WebP or BMP" })
end

local function part_text(where, part)
  if type(part) == "string" then return part end
  if type(part) ~= "table" then
    errors.raise("usage", ("%s: expected a string or a table, got %s"):format(where, type(part)))
  end
  errors.check_keys(where, part, { file = true, image = true })
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
