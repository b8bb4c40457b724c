return [[
exit status, and the kinds of errors behind it:

    0  done
    1  the script's own no: os.exit(1)
   64  usage
   65  schema, context_length
   66  input: script or file missing
   69  network, unavailable, http
   70  internal (Lua and syntax errors), process, cancelled
   73  output: cannot create    74  io, store
   75  rate_limit, locked, waiting, unsettled
   76  protocol, incomplete (the answer was cut)
   77  auth, denied, content_filter
   78  config, not_found, invalid, billing, drift
   79  budget, turns, loop
  124  timeout
  129, 130, 143  interrupted by SIGHUP, SIGINT, SIGTERM]]
