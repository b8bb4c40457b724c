return [[
agents: a model with instructions and tools, under a name. It asks the model,
carries out the calls of tools, and asks again, until there is an answer.

in config.json, for `lash ask -a reviewer` and lash.agent "reviewer":

  { "agents": {
      "defaults": { "model": "qwen-plus" },
      "reviewer": { "instructions": "Find bugs.", "tools": ["grep"] } } }

in a script:

  local agent = lash.agent { instructions = "Answer in one sentence." }
  print(agent "Who wrote Faust?")            one conversation a call
  agent:run(prompt)                          all of it: text, usage, cost, …
  agent:stream(prompt)                       its events: `lash help events`
  local session = agent:session "trip"       goes on from prompt to prompt, and
                                             from process to process
  print(lash.ask "Hello")                    an agent without a name

What it may be told, the same in both:
  provider model instructions tools returns thinking_level max_tokens
  temperature timeout budget retry fallback max_turns max_tool_calls policy …

Who wins: options of the call, lash.agent { … }, the command line (-m, -s, -t),
agents.NAME, agents.defaults, what is built in. A conversation goes on with the
model of its last turn, unless -m, -p or -a says another (lash ask, lash chat).

An agent that has a `name` and an `about` may stand among the tools of another.
config.json of a folder counts when it is trusted: `lash help trust`.]]
