--- Hosts, and what those of DashScope are called. A key belongs to one region, or
-- to one plan.
local M = {}

---@type { host: string, name: string }[]
M.list = {
  { host = "dashscope.aliyuncs.com", name = "China (Beijing)" },
  { host = "dashscope-intl.aliyuncs.com", name = "international (Singapore)" },
  { host = "dashscope-us.aliyuncs.com", name = "US (Virginia)" },
  { host = "cn-hongkong.dashscope.aliyuncs.com", name = "Hong Kong" },
}

local PLANS = {
  ["coding.dashscope.aliyuncs.com"] = "Coding Plan, China",
  ["coding-intl.dashscope.aliyuncs.com"] = "Coding Plan, international",
}

--- The host of a URL, in lower case.
---@param url string
---@return string?
function M.host(url)
  local host = url:match "^%a[%w+.-]*://(%[[%x:.]+%])" or url:match "^%a[%w+.-]*://([^/:?#]+)"
  return host and host:lower()
end

--- Is this host, as a URL has it, the machine itself?
---@param host string
---@return boolean
function M.is_loopback(host)
  return host == "localhost" or host == "[::1]" or host:find "^127%." ~= nil
end

--- The path under which a host of DashScope's has the interface.
---@param host string
---@return string
function M.path(host) return PLANS[host] and "/v1" or "/compatible-mode/v1" end

--- What a host of DashScope's is called; nil for any other.
---@param host string
---@return string?
function M.name(host)
  for _, region in ipairs(M.list) do
    if region.host == host then return region.name end
  end
  local owner, place = host:match "^([^.]+)%.([%w-]+)%.maas%.aliyuncs%.com$"
  if owner == "token-plan" then return "Token Plan, " .. place end
  return owner and "a workspace in " .. place or PLANS[host]
end

return M
