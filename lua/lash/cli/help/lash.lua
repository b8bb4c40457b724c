return [=[
lash: agents, tools and automations in Lua

usage: lash [OPTION…] SCRIPT.lua [ARG…]   run a script; `-` is standard input
       lash [OPTION…] -e CODE [ARG…]      run CODE
       lash [OPTION…] -i [SCRIPT.lua]     a Lua prompt
       lash COMMAND [ARG…]

commands:
  ask PROMPT… [-]         one prompt, the answer to stdout; `-` adds standard
                          input, `@FILE` a file
  chat                    a conversation; `lash` alone at a terminal is one
  job run|install|… FILE  work by the clock
  sessions [show|rm ID]   conversations that were kept
  runs [NAME]             what was run, and what it cost
  check [--live]          is this machine ready? Key, address, model, network
  models [NAME]           what lash knows of a model
  fake [REPLIES.lua]      a local stand-in for the service
  test [ARG…]             run the specs of a project with busted
  init [DIR]              a first script, its spec, .env.local
  trust [DIR]             let the config.json of a folder count
  help [TOPIC]            all of a command; or of config, environment, errors,
                          options, scripts

options, before a script or behind `ask`, `chat`, `check`:
  -a, --agent NAME        an agent of config.json
  -m, --model NAME        the model (default: qwen3-max)
      --thinking LEVEL    off, low, medium or high
      --timeout DURATION  deadline of the whole run: 90, 1m30s
      --budget USD        what the whole run may spend, in US dollars
      --json              events as lines of JSON on stdout
  -q, -v, -vv             quiet; activity; the wire
      --version, --help

`lash help options` lists them all. The key is read from $DASHSCOPE_API_KEY.]=]
