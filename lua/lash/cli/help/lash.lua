return [=[
lash: agents, tools and automations in Lua
usage: lash [OPTION…] SCRIPT.lua [ARG…]   run a script; `-` is standard input
       lash -e CODE | -i [SCRIPT.lua]     run CODE; a Lua prompt
       lash COMMAND [ARG…]
commands:
  ask PROMPT… [-]         one prompt, the answer to stdout; `@FILE` adds a file
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
  help [TOPIC]            a command; or agents, config, environment, errors,
                          events, options, scripts, security, tools, workflows
options, before a script or behind `ask`, `chat`, `check`:
  -m MODEL, -a AGENT      default: qwen3-max; an agent of config.json
  --timeout, --budget     of the whole run: 90 or 1m30s; US dollars
  --json, -q, -v, -vv     events as lines of JSON; quiet; activity; the wire
  --help, --version       `lash help options` has all. Key: $DASHSCOPE_API_KEY]=]
