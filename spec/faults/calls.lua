#!/usr/bin/env lash
--- Lets system calls of the flows fail in turn: the first read, the second … until
-- none is left, with strace's injection; then the next call, the next error.
--
-- A flow must then end as ever, or say what failed; never crash, hang, lie or
-- leave half of something. Commands that lash starts are met, too.
--
-- usage:   build/release/lash spec/faults/calls.lua [--every 10] [--flow exec] [--call read]
-- output:
--   ask                  422 system calls failed:   394 as ever,    28 told, 0 wrong
--   …
--   6549 system calls failed: 0 wrong
local lash = require "lash"
local args = lash.args [[
  every: integer = 1       -- only so many-th call of a name, beginning with another one each time
  flow: string?            -- only this one
  call: string?            -- only this one
  jobs: integer = 4        -- side by side
  list: boolean = false    -- what was told, with a point each
]]
local flows = require "flows"
local sys = require "lash.core.sys"

--- The calls, and how each may fail.
local CALLS = {
  { "read", "EIO EINTR" }, { "pread64", "EIO" }, { "write", "ENOSPC EIO EINTR" }, { "pwrite64", "ENOSPC EIO" },
  { "fsync", "EIO ENOSPC" }, { "fdatasync", "EIO ENOSPC" }, { "openat", "EMFILE EACCES EINTR" },
  { "newfstatat", "EIO" }, { "mkdir", "EACCES ENOSPC" }, { "rename", "EIO EACCES" }, { "unlink", "EIO" },
  { "ftruncate", "EIO ENOSPC" }, { "fchmod", "EPERM" }, { "fcntl", "EACCES ENOLCK" }, { "flock", "EINTR ENOLCK" },
  { "socket", "EMFILE" }, { "connect", "ECONNREFUSED ENETUNREACH ETIMEDOUT" }, { "sendto", "EPIPE ECONNRESET" },
  { "recvfrom", "ECONNRESET" }, { "getsockopt", "EIO" }, { "bind", "EADDRINUSE" }, { "listen", "EADDRINUSE" },
  { "accept4", "EMFILE ECONNABORTED" }, { "socketpair", "EMFILE" }, { "pipe2", "EMFILE" }, { "eventfd2", "EMFILE" },
  { "epoll_create1", "EMFILE" }, { "epoll_ctl", "ENOMEM ENOSPC" }, { "epoll_wait", "EINTR" },
  { "poll", "EINTR ENOMEM" },
  { "memfd_create", "EMFILE" }, { "signalfd4", "EMFILE" }, { "clone", "EAGAIN" }, { "clone3", "EAGAIN ENOSYS" },
  { "vfork", "EAGAIN" }, { "execve", "ENOMEM EACCES" }, { "wait4", "EINTR" }, { "getrandom", "EIO" },
  { "getdents64", "EIO" }, { "lseek", "EIO" }, { "access", "EACCES" }, { "readlink", "EACCES" },
  { "getcwd", "ENOENT" }, { "chdir", "EACCES" }, { "dup2", "EBUSY" }, { "sendmsg", "EPIPE ENOBUFS" },
  { "recvmsg", "ECONNRESET" }, { "setsockopt", "EINVAL" }, { "unlinkat", "EIO" },
  { "statx", "EIO" }, { "fstatfs", "EIO" }, { "readlinkat", "EACCES" }, { "unshare", "EPERM" },
  { "mount", "EPERM" }, { "landlock_restrict_self", "EPERM" }, { "seccomp", "EINVAL" },
  { "landlock_create_ruleset", "EOPNOTSUPP" }, { "landlock_add_rule", "EINVAL" }, { "pidfd_open", "EMFILE" },
  { "prctl", "EPERM" }, { "setsid", "EPERM" }, { "close_range", "ENOSYS" },
}

io.stdout:setvbuf "line"
local bench <close> = flows.prepare(assert(sys.realpath(("/proc/%d/exe"):format(sys.pid()))))

local function may_trace()
  local ok, res = pcall(lash.exec, { "strace", "-o", "/dev/null", "-e", "inject=getpid:error=EPERM:when=1", "true" })
  return ok and res.code == 0
end
if not may_trace() then
  print "skipped: strace is missing, or may not trace here"
  os.exit(0)
end

--- How often one process of the flow makes each call, at most.
---@return table<string, integer>
local function count(flow)
  local trace = bench.tmp .. "/trace"
  local _, _home <close> = bench:run(flow, { "strace", "-f", "-qq", "-o", trace })
  local most, by_process = {}, {}
  for line in io.lines(trace) do
    local process = line:match "^%d+ +[%l%d_]+%("
    if process then
      by_process[process] = (by_process[process] or 0) + 1
      local name = process:match "([%l%d_]+)%($"
      most[name] = math.max(most[name] or 0, by_process[process])
    end
  end
  return most
end

--- Calls that no system refuses: to give up a lock; libuv's lock, a byte in a pipe.
local function is_certain(line)
  return line:find("F_UNLCK", 1, true) or line:find('write%(%d+, "%*", 1%)') or line:find "read%(%d+, 0x%x+, 1%)"
end

--- One run in which the n-th of these calls fails; nil when there was none.
local function fail(flow, call, error_name, n)
  local trace = ("%s/trace-%s-%s-%d"):format(bench.tmp, call, error_name, n)
  local res, home <close> = bench:run(flow, { "strace", "-f", "-qq", "-o", trace, "-e", "trace=" .. call,
    "-e", ("inject=%s:error=%s:when=%d"):format(call, error_name, n) })
  local text = lash.fs.read(trace)
  lash.fs.remove(trace)
  local line = text:match "([^\n]*)%(INJECTED%)"
  if not line then return nil end
  if res.err:find("error while loading shared libraries", 1, true) and res.code == 127 then
    return "loader", res.err -- it is not lash yet
  end
  if line:find "write%(2," and res.code == flow.exit then return "as ever" end -- what it would have told is lost
  if is_certain(line) then return "as ever" end
  if flow.teller and line:find "F_OFD_SETLK.*EACCES" and res.code == 0 then return "as ever" end -- somebody is at it
  local verdict, what = flows.judge(flow, res, home.path)
  if verdict == "wrong" then what = ("%s\n    %s"):format(what, line) end
  return verdict, what
end

local total, wrong = 0, 0

for _, flow in ipairs(flows.list) do
  if args.flow and args.flow ~= flow.name then goto continue end
  bench:learn(flow)
  local most, tally, list = count(flow), flows.tally(), {}
  for _, call in ipairs(CALLS) do
    for name in call[2]:gmatch "%S+" do
      if not args.call or args.call == call[1] then list[#list + 1] = { call[1], name, #list % args.every + 1 } end
    end
  end
  lash.map(list, { max = args.jobs }, function(way)
    for n = way[3], most[way[1]] or 0, args.every do
      local verdict, what = fail(flow, way[1], way[2], n)
      if not verdict then break end
      if verdict ~= "loader" then tally:add(flow, verdict, what, ("%s %s %d"):format(way[1], way[2], n)) end
    end
  end)
  total, wrong = total + tally:all(), wrong + tally.wrong
  print(("%-18s %5d system calls failed: %s"):format(flow.name, tally:all(), tostring(tally)))
  if args.list then tally:print_messages() end
  ::continue::
end
print(("%d system calls failed: %d wrong"):format(total, wrong))
os.exit(wrong == 0)
