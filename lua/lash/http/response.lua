--- What a server answered, for scripts; and the error that it is.
local errors = require "lash.errors"
local json = require "lash.core.json"

local M = {}

local SAID = 200 -- bytes of what the server says, in a message

local REASONS = {
  [300] = "Multiple Choices", [301] = "Moved Permanently", [302] = "Found", [303] = "See Other",
  [304] = "Not Modified", [307] = "Temporary Redirect", [308] = "Permanent Redirect",
  [400] = "Bad Request", [401] = "Unauthorized", [402] = "Payment Required", [403] = "Forbidden",
  [404] = "Not Found", [405] = "Method Not Allowed", [406] = "Not Acceptable", [408] = "Request Timeout",
  [409] = "Conflict", [410] = "Gone", [411] = "Length Required", [412] = "Precondition Failed",
  [413] = "Content Too Large", [414] = "URI Too Long", [415] = "Unsupported Media Type",
  [422] = "Unprocessable Content", [425] = "Too Early", [426] = "Upgrade Required", [429] = "Too Many Requests",
  [431] = "Request Header Fields Too Large", [451] = "Unavailable For Legal Reasons",
  [500] = "Internal Server Error", [501] = "Not Implemented", [502] = "Bad Gateway", [503] = "Service Unavailable",
  [504] = "Gateway Timeout",
}

--- Found by a name in any case.
local Headers = {
  __name = "lash.http.headers",
  __index = function(self, name) return type(name) == "string" and rawget(self, name:lower()) or nil end,
}

---@class lash.HttpResponse
---@field status integer
---@field ok boolean  the status is 2xx
---@field headers table<string, string>  names in lower case; repeated ones joined with ", "
---@field body? string  nil: it is in the file
---@field url string  the last one, after redirects
---@field package list lash.http.Header[]
local Response = {}
Response.__index = Response
Response.__name = "lash.HttpResponse"

function Response:__tostring() return ("lash.http response: %d from %s"):format(self.status, self.url) end

---@param response lash.http.Response  of lash.core.http
---@param url string
---@return lash.HttpResponse
function M.new(response, url)
  local headers = {}
  for _, header in ipairs(response.headers) do
    local name, value = header[1]:lower(), header[2]
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return setmetatable({
    status = response.status,
    ok = M.is_success(response.status),
    headers = setmetatable(headers, Headers),
    body = response.body,
    url = url,
    list = response.headers,
  }, Response)
end

---@param status integer
---@return boolean
function M.is_success(status) return status >= 200 and status <= 299 end

--- The values of a header one by one, as Set-Cookie needs it.
---@param name string
---@return string[]
function Response:values(name)
  local values = {}
  for _, header in ipairs(self.list) do
    if header[1]:lower() == name:lower() then values[#values + 1] = header[2] end
  end
  return values
end

--- The body read as JSON; `schema` when it is none.
---@return any
function Response:json()
  if not self.body then
    errors.raise("usage", "res:json(): the body went to a file", { hint = "lash.json.decode reads a text" })
  end
  local value, message = json.decode(self.body)
  if not message then return value end
  local kind = self.headers["content-type"]
  errors.raise("schema", ("the answer of %s is not JSON: %s"):format(self.url:match "^[^?]*", message),
    { hint = kind and not kind:find "json" and "the server calls it " .. kind or nil, status = self.status })
end

--- A field of a decoded error that is a text.
local function text_in(value)
  if type(value) ~= "table" then return nil end
  for _, key in ipairs { "message", "error_description", "detail", "title", "error" } do
    if type(value[key]) == "string" and value[key] ~= "" then return value[key] end
  end
  return text_in(value.error)
end

--- What the server says of its refusal, on one line; nil: nothing for people.
local function said(response)
  local kind, text = response.headers["content-type"] or "", nil
  if kind:find "json" then
    local value, message = json.decode(response.body or "")
    text = not message and text_in(value) or nil
  elseif kind:find "^text/plain" then
    text = response.body
  end
  if not text or not utf8.len(text) or not text:find "%S" then return nil end
  text = text:gsub("[%s%c]+", " "):match "^ ?(.-) ?$"
  return #text > SAID and text:sub(1, SAID):gsub("[\xC2-\xF4][\x80-\xBF]*$", "") .. "…" or text
end

--- The error that an answer is.
---@param method string
---@param response lash.HttpResponse
---@param fields { retry_after?: number, refusal?: string, hint?: string, mute?: boolean }
---@return lash.Error
function M.error(method, response, fields)
  local status = response.status
  local reason = REASONS[status]
  local words = fields.refusal or not fields.mute and said(response)
  local message = ("%s %s: %d%s%s"):format(method, response.url:match "^[^?]*", status, reason and " " .. reason or "",
    words and ": " .. words or "")
  return errors.new("http", message, {
    status = status,
    response = response,
    temporary = status == 429 or status >= 500,
    retry_after = fields.retry_after,
    hint = fields.hint or status == 401 and "headers = { Authorization = … } says who asks" or nil,
  })
end

return M
