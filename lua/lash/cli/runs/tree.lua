--- What happened in a run, as a tree: an entry stands below the nearest one whose key
-- begins its own. "/classify[id=7]/ask/turn[1]" is below "/classify[id=7]/ask".
local M = {}

---@class lash.cli.Node
---@field key string
---@field label string  the key without that of the node above
---@field entries lash.store.Entry[]  its attempts in their order
---@field latest lash.store.Entry  that counts; of those that were replaced the last
---@field hidden boolean  all was replaced
---@field children lash.cli.Node[]
---@field costs lash.store.Costs  of it and all below, those that were replaced too

local function no_costs() return { calls = 0, tokens = 0, usd = 0, unpriced = 0, doubtful = 0, doubtful_usd = 0 } end

--- Is this a call of a model without an answer, one that nobody waits for?
---@param e lash.store.Entry
---@param live boolean  a process is at work on the run
---@return boolean
function M.is_doubtful(e, live) return e.kind == "model" and not e.ended and not (e.state == "begun" and live) end

local function add(costs, e, live)
  costs.calls = costs.calls + 1
  if not e.usd then costs.unpriced = costs.unpriced + 1 end
  if e.ended then
    costs.usd = costs.usd + (e.usd or 0)
    costs.tokens = costs.tokens + (e.tokens or 0)
  elseif M.is_doubtful(e, live) then
    costs.doubtful = costs.doubtful + 1
    costs.doubtful_usd = costs.doubtful_usd + (e.usd or 0)
  end
end

--- The key of the nearest node above.
local function above(key, nodes)
  local at = #key
  while at > 1 do
    while at > 1 and key:byte(at) ~= 47 do at = at - 1 end -- '/'
    at = at - 1
    local known = at > 0 and nodes[key:sub(1, at)]
    if known then return known end
  end
end

---@param entries lash.store.Entry[]  in the order in which they began
---@param live boolean  a process is at work on the run
---@return lash.cli.Node[] roots
---@return table<string, lash.cli.Node> nodes  by key
function M.build(entries, live)
  local nodes, order, roots = {}, {}, {}
  for _, e in ipairs(entries) do
    local node = nodes[e.key]
    if not node then
      node = { key = e.key, entries = {}, hidden = true, children = {}, costs = no_costs() }
      nodes[e.key] = node
      order[#order + 1] = node
    end
    table.insert(node.entries, e)
    if e.state ~= "replaced" or node.hidden then node.latest = e end
    node.hidden = node.hidden and e.state == "replaced"
  end
  for _, node in ipairs(order) do
    local parent = above(node.key, nodes)
    node.parent = parent
    node.label = node.key:sub(parent and #parent.key + 2 or node.key:byte() == 47 and 2 or 1)
    table.insert(parent and parent.children or roots, node)
  end
  for _, e in ipairs(entries) do
    local node = e.kind == "model" and nodes[e.key] or nil
    while node do
      add(node.costs, e, live)
      node = node.parent
    end
  end
  return roots, nodes
end

return M
