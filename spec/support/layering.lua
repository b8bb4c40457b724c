--- Who may reach whom: the layers of ARCHITECTURE.md as tables, and what checks
-- a C file's headers and a Lua file's `require` lines against them.
local M = {}

-- The folders of src/ whose headers a file of this folder may reach, and what it
-- may know of the system.
local C_LAYERS = {
  base = { folders = { "base" }, library = "libc" },
  wire = { folders = { "base", "wire" }, library = "libc", more = "/yajl/" },
  dashscope = { folders = { "base", "wire", "dashscope" }, library = "libc" },
  sys = { folders = { "base", "wire", "dashscope", "sys" }, never = "/lua" },
  bind = { folders = { "base", "wire", "dashscope", "sys", "bind" } },
}

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

--- Is the header at `path` forbidden for this layer?
local function is_forbidden(layer, path, root, libc)
  if path:sub(1, #root + 1) == root .. "/" then
    return not contains(layer.folders, path:sub(#root + 2):match "^([^/]*)/")
  end
  if layer.never and path:find(layer.never, 1, true) then return true end
  return layer.library == "libc" and not libc[path] and not (layer.more and path:find(layer.more, 1, true))
end

--- The headers that a file must not reach.
---@param source string  "…/src/wire/sse.c"
---@param headers string[]
---@param libc table<string, true>
---@return string[] lines  "wire/sse.c reaches …"
function M.c_violations(source, headers, libc)
  local root, folder, name = source:match "^(.*/src)/(%a+)/([^/]+)$"
  local layer = root and C_LAYERS[folder]
  local lines = {}
  if layer then
    for _, path in ipairs(headers) do
      if is_forbidden(layer, path, root, libc) then
        lines[#lines + 1] = ("%s/%s reaches %s"):format(folder, name, path)
      end
    end
  end
  return lines
end

--- Reads what `ninja -t deps` prints.
---@param text string
---@return { source: string, headers: string[] }[]
function M.parse_deps(text)
  local list, current = {}, nil
  for line in text:gmatch "[^\n]+" do
    local path = line:match "^    (.*)$"
    if not path then
      current = nil
    elseif current then
      table.insert(current.headers, path)
    else
      current = { source = path, headers = {} }
      list[#list + 1] = current
    end
  end
  return list
end

--- The highest first. A module may require those of its own layer and of lower
-- ones; a name stands for its submodules too.
local LUA_LAYERS = {
  "cli",
  "init",
  "job workflow",
  "agent session test",
  "run",
  [[approve args budget cache callable calls chat cmd compact config confine difference doc dotenv duration env estimate
    exec fake fetch finish frame fs
    glob guard hints history http journal json ledger lesson lock log markdown models money nested output page policy
    private prompt proxy regions rehearsal request retry returns schedule script secrets settings spelling standard
    state stdin store stream template together tool tools transport trial trust types version visible xdg]],
  "scope",
  "sched task heap",
  "context errors host",
  "core",
}

local rank = {}
for i, names in ipairs(LUA_LAYERS) do
  for name in names:gmatch "%S+" do rank[name] = i end
end

--- "lash.types.parse" -> "types"; "lash" -> "init"
local function family(module) return module:match "^lash%.([^.]+)" or "init" end

--- Is this requirement against the order? The stand-in for the service is the
-- business of tests, and none of the product's.
local function is_wrong(from, to)
  if family(to) == "fake" and family(from) ~= "fake" then return from ~= "lash.cli.fake" and family(from) ~= "test" end
  return rank[family(from)] > rank[family(to)]
end

--- The requirements that are wrong, and those that lead back to where they began.
---@param graph table<string, string[]>  what each module requires
---@return string[] lines
function M.lua_violations(graph)
  local lines, state = {}, {}
  local function visit(module)
    state[module] = "open"
    if not rank[family(module)] then lines[#lines + 1] = module .. " has no layer yet: spec/support/layering.lua" end
    for _, required in ipairs(graph[module] or {}) do
      if state[required] == "open" then
        lines[#lines + 1] = ("%s requires %s, which led to it"):format(module, required)
      elseif not state[required] then
        visit(required)
      end
      if rank[family(module)] and rank[family(required)] and is_wrong(module, required) then
        lines[#lines + 1] = ("%s must not require %s"):format(module, required)
      end
    end
    state[module] = "done"
  end
  local modules = {}
  for module in pairs(graph) do modules[#modules + 1] = module end
  table.sort(modules)
  for _, module in ipairs(modules) do
    if not state[module] then visit(module) end
  end
  return lines
end

--- The modules of ours that a source text requires by their whole name.
---@param text string
---@return string[]
function M.requires(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    local code = line:gsub("^%s*%-%-.*", "")
    for name in code:gmatch [[require%s*%(?%s*"(lash[%w_.]*)"]] do
      if not name:find "%.$" then list[#list + 1] = name end
    end
  end
  return list
end

return M
