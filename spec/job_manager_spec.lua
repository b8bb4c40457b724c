--- Jobs under a real user manager of systemd. It needs folders of its own in the place of
--- the system's, which root can have.
local shell = require "spec.support.shell"

--- What makes those folders; the namespace ends with its process.
local ISOLATED = "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system /run/user/0 && "
  .. "mount -t tmpfs tmpfs /var/lib/systemd && mkdir /var/lib/systemd/linger && : >/var/lib/systemd/linger/root && "
  .. "mount -t cgroup2 cgroup2 /sys/fs/cgroup"

local possible = os.execute(('[ "$(id -u)" = 0 ] && [ -x /lib/systemd/systemd ] && unshare -m sh -c %q >/dev/null 2>&1')
  :format(ISOLATED)) and it or pending

local SCRIPT = [[
set -eu
%s
group=/sys/fs/cgroup/lash-spec-$$; mkdir $group; echo $$ >$group/cgroup.procs
export XDG_RUNTIME_DIR=/run/user/0
timeout 18 /lib/systemd/systemd --user --log-target=null & manager=$!
ctl() { systemctl --user "$@"; }
until ctl show-environment >/dev/null 2>&1; do kill -0 $manager; sleep 0.02; done
show() { ctl show --property=Result,ExecMainStatus --value lash-job-$1.service | tr '\n' ' '; echo; }
%s
ctl exit >/dev/null 2>&1 || kill $manager
]]

describe("a user manager of systemd", function()
  local sh
  before_each(function() sh = shell.new() end)
  after_each(function()
    sh:close()
    os.execute "rmdir /sys/fs/cgroup/lash-spec-* 2>/dev/null"
  end)

  --- Runs lines of a shell beside a manager.
  local function beside(lines)
    sh:write("beside.sh", SCRIPT:format(ISOLATED, lines))
    return sh:sh(([[unshare -m env -i PATH="$PATH" HOME="$PWD" sh beside.sh '%s']]):format(os.getenv "LASH_PROGRAM"))
  end

  possible("runs an installed job, kept from what its policy rules out, and forgets it", function()
    sh:write("a %h \"b\" $HOME\\x/d.lua", [[
      local lash = require "lash"
      lash.policy { write = { "." } }
      return lash.job { name = "d", schedule = "* * * * *", timeout = 60, run = function(job)
        local status = lash.fs.read "/proc/self/status"
        lash.fs.write("ran", table.concat({ lash.dir, status:match "NoNewPrivs:%s(%d)", lash.sh { "sh", "-c", "umask" },
          lash.stdin(), lash.env.XDG_STATE_HOME }, "\n"))
      end }
    ]])
    sh:write("bad.lua", [[
      local lash = require "lash"
      return lash.job { name = "bad", schedule = "* * * * *", run = function() lash.fail("config", "no") end }
    ]])
    local res = beside [[
      "$1" job install "a %h \"b\" \$HOME\\x/d.lua"; "$1" job install bad.lua >&2
      ctl list-timers --all --no-legend | grep -c "lash-job-.*timer"
      ctl start lash-job-d.service && show d
      ctl start lash-job-bad.service || show bad
      "$1" job list --json | grep -o '"problems":\[\]'
      "$1" job uninstall d; "$1" job uninstall bad
      ctl list-timers --all --no-legend | grep -c "lash-job-.*timer" || :
      find . -name '*lash-job-*'
    ]]
    local lines = {}
    for line in res.out:gmatch "[^\n]+" do lines[#lines + 1] = line end
    assert.matches("^d: installed as a user timer, next ", lines[1], res.err)
    assert.same({ "2", "success 0 ", "exit-code 78 ", '"problems":[]', '"problems":[]', "d: no longer as a user timer",
      "bad: no longer as a user timer", "0" }, { table.unpack(lines, 2) })
    local folder = sh.path .. '/a %h "b" $HOME\\x'
    assert.equal(table.concat({ folder, "1", "0077", "", sh.path .. "/.local/state" }, "\n"),
      sh:read "a %h \"b\" $HOME\\x/ran")
  end)
end)
