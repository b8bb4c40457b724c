return [=[
lash check [OPTION…] [--live [--tools]]

Is this machine ready? One line a finding: configuration, key, address, model,
state folder, libcurl, the way to the service, the clock. The key is neither
shown nor sent.

  --live               ask the model: one tiny call, not repeated
  --live --tools       does it stream together with tools? Prints what to put
                       into config.json where that is known wrong
  --timeout DURATION   for all of it; by default 30 s for each step
  --config FILE, -a, -m, -p, --json, -q (only what fails)

Exit status: 0 when nothing fails, warnings or not; else that of the first
failure: 78 configuration, 69 network, 77 key, and others that a call may end
with.]=]
