--- A binary heap of timers: what is due first is found at once, and what is no
-- longer wanted can be taken out.

---@class lash.Timer
---@field at number  seconds of the monotonic clock
---@field idle? boolean  ends no wait
---@field private _place? integer

---@class lash.Heap
---@field [integer] lash.Timer
local Heap = {}
Heap.__index = Heap

local M = {}

---@return lash.Heap
function M.new() return setmetatable({}, Heap) end

---@param heap lash.Heap
---@param timer lash.Timer
---@param i integer
local function place(heap, timer, i)
  heap[i] = timer
  timer._place = i
end

---@param heap lash.Heap
---@param timer lash.Timer
---@param i integer
local function rise(heap, timer, i)
  while i > 1 and heap[i // 2].at > timer.at do
    place(heap, heap[i // 2], i)
    i = i // 2
  end
  place(heap, timer, i)
end

---@param heap lash.Heap
---@param timer lash.Timer
---@param i integer
local function sink(heap, timer, i)
  local n = #heap
  while 2 * i <= n do
    local child = 2 * i
    if child < n and heap[child + 1].at < heap[child].at then child = child + 1 end
    if heap[child].at >= timer.at then break end
    place(heap, heap[child], i)
    i = child
  end
  place(heap, timer, i)
end

---@param timer lash.Timer
function Heap:add(timer) rise(self, timer, #self + 1) end

--- Takes a timer out; one that is not in the heap is left alone.
---@param timer lash.Timer
function Heap:remove(timer)
  local i = timer._place
  if not i then return end
  timer._place = nil
  local last = table.remove(self)
  if last == timer then return end
  sink(self, last, i)
  rise(self, last, last._place)
end

--- The timer that is due first; it stays in the heap.
---@return lash.Timer?
function Heap:first() return self[1] end

return M
