--- lash --help, lash help [TOPIC].
local errors = require "lash.errors"

local topics = {}

topics.lash = [=[
lash: agents, tools and automations in Lua

usage:
  lash [OPTION…] SCRIPT.lua [ARG…]    run a script; `lash -` reads it from standard input
  lash -e CODE [ARG…]                 run CODE; `lash -i [SCRIPT]` is a Lua prompt
  lash ask [OPTION…] PROMPT… [-]      one prompt, the answer to stdout; `-` adds standard
                                      input, `@FILE` a file
  lash chat [OPTION…]                 a conversation; so is `lash` alone at a terminal
  lash sessions [show ID | rm ID]     conversations that were kept; --json
  lash runs [NAME]                    what was run, and what it cost; `lash help runs`
  lash check [--live [--tools]]       is this machine ready? Key, address, model, network
  lash models [NAME]                  what lash knows of a model
  lash fake [--port N] [REPLIES.lua]  a local stand-in for the service
  lash test [ARG…]                    run the specs of a project with busted
  lash init [DIR]                     a first script, its spec, .env.local
  lash trust [DIR]                    let the config.json of a folder count
  lash help [TOPIC]                   topics: ask, chat, check, config, errors, options,
                                      runs, scripts, test
  lash --version

options:
  -a, --agent NAME         the agent of config.json to start from
  -m, --model NAME         the model (default: qwen3-max)
  -p, --provider NAME      the provider of config.json
      --thinking LEVEL     off, low, medium or high
      --max-tokens N       longest answer, in tokens (default: 8192)
      --temperature T      0 up to, but not including, 2
      --timeout DURATION   deadline of the whole run: 90, 1m30s
      --budget USD         what the whole run may spend, in US dollars
      --accept-changes     a workflow does again what was given something else
      --config FILE        this config.json and no other
      --json               events as lines of JSON on stdout
  -q, -v, -vv              quiet; activity; the wire
      --no-color
  -s, --system TEXT        (ask, chat) instructions for the model
  -t, --tool NAME          (ask, chat) a built-in tool, several times for several:
                           read_file, write_file, edit_file, list_files, grep, shell,
                           fetch
  -o, --output FILE        (ask) the answer goes into FILE
  -r, --returns TYPE       (ask) the answer as JSON of this type: "'yes'|'no'"
      --session ID         (ask, chat) go on with this conversation, or begin it; `last`
      --image FILE         (chat) an image for the first prompt

The key is read from $DASHSCOPE_API_KEY.]=]

topics.ask = [[
lash ask [OPTION…] PROMPT… [-]

The words make one prompt. `@FILE` adds the content of a file, `-` all of standard
input; without `-` standard input is not touched. stdout carries the answer and
nothing else.

  lash ask "Why is the sky blue?"
  git diff | lash ask "Review this change:" -
  lash ask -s "Answer in French." Summarise @notes.txt
  lash ask -r "'bug'|'feature'" -o kind.txt @issue.txt
  lash ask -t grep -t read_file "Where are signals handled here?"

  -s, --system TEXT    instructions for the model
  -t, --tool NAME      a built-in tool, several times for several: read_file, list_files,
                       grep, write_file, edit_file, shell, fetch. Reading in the working
                       folder is allowed, all else is asked at the terminal
  -o, --output FILE    the answer goes into FILE
  -r, --returns TYPE   the answer as JSON of this type; a text as it is
      --session ID     go on with this conversation, or begin it; `last` is the one
                       used last; `lash sessions` lists them
and all options of lash --help.]]

topics.chat = [=[
lash chat [OPTION…]

A conversation: prompt by prompt at a terminal, line by line from a pipe.

  lash chat -t read_file -t grep
  lash chat --session last

  -s, -t, --session            as of `lash help ask`
      --image FILE             an image for the first prompt
and all options of lash --help but --json. --budget counts for the whole chat.

  /model /tools /system /thinking /undo /fork /sessions /save /cost /compact /lua /edit
  /help /quit                  /help says what they take
  !COMMAND                     runs a command; !!COMMAND adds its output to the next prompt
  @FILE                        in a prompt: adds the file, or the image
  \                            at the end of a line: goes on in the next one
  Tab, Ctrl-R                  completes; searches what was typed, in all folders
  Ctrl-C                       stops the answer, or clears the line; twice, it leaves (130)
  Ctrl-D                       leaves

Exit status: 0 at a terminal, whatever failed in between; from a pipe that of the last
prompt or command.

lash -i [SCRIPT [ARG…]]        a Lua prompt: expressions are printed; `agent` is there]=]

topics.check = [=[
lash check [OPTION…] [--live [--tools]]

Is this machine ready? One line a finding: configuration, key, address, model, state
folder, libcurl, the way to the service, the clock. The key is neither shown nor sent.

  --live               ask the model: one tiny call, not repeated
  --live --tools       does it stream together with tools? Prints what to put into
                       config.json where that is known wrong
  --timeout DURATION   for all of it; by default 30 s for each step
  --config FILE, -a, -m, -p, --json, -q (only what fails)

Exit status: 0 when nothing fails, warnings or not; else that of the first failure: 78
configuration, 69 network, 77 key, and others that a call may end with.]=]

topics.test = [=[
lash test [ARG…]

Runs specs with busted, inside lash: those in spec/, or in the current folder where there
is no spec/; files whose name has `_spec`. The arguments are busted's: files, folders,

      --filter PATTERN     tests whose name matches; --filter-out, -t/--tags
  -o, --output NAME        TAP, json, junit, plainTerminal, …
  -C, --directory DIR      the project
      --shuffle, --repeat N, --no-keep-going, --helper FILE, …

  local test = require "lash.test"

  it("greets", function()
    local fake <close> = test.fake { { match = "Hello", text = "Hi!" } }
    assert.equal("Hi!\n", test.run("greet.lua", { "Hello" }).out)
  end)

test.fake(replies), test.run(script, args, options), test.tape(file),
test.crash_matrix(script, args, check). There is no network but a fake or a tape, the
time and random numbers are the same in every run. `LASH_RECORD=FILE lash …` makes tapes.

Exit status: 0 when all passed, 1 when not; 66 without a spec, 78 without busted.]=]

topics.config = [[
config.json, first found wins: --config, $LASH_CONFIG, beside the script, a trusted
current folder (lash trust), ~/.config/lash/config.json.

  {
    "providers": {
      "dashscope": { "api_key": "$DASHSCOPE_API_KEY",
                     "api_base": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1" },
      "local":     { "type": "openai", "api_base": "http://127.0.0.1:11434/v1" }
    },
    "agents": { "defaults": { "model": "qwen3-max", "thinking_level": "medium" } }
  }

"$NAME" is a variable of the environment, or of .env.local beside the file. Without a
file: the key in $DASHSCOPE_API_KEY, the address in $DASHSCOPE_API_BASE or the
international one.]]

topics.errors = [[
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

topics.runs = [=[
lash runs [NAME] [OPTION…]          what was run, the latest first: scripts, workflows and
                                    prompts with model calls in them; those of a script's
                                    or workflow's NAME
      --state STATE                 running, crashed, waiting, failed, done or undone
      --day DAY                     2026-11-29, today or yesterday
      --limit N                     so many at most (default: 50)
      --json                        a line of JSON each
lash runs show ID [-v] [--json]     the record and its steps: time, tokens, money,
                                    questions that wait; -v: also what was replaced
lash runs approve ID yes|no [KEY]   answers a question that waits
lash runs resume ID [--accept-changes]
                                    goes on with a workflow's run: the same command, in
                                    the same folder
lash runs rm ID…                    forgets runs; what they spent still counts
lash runs export ID FILE            all of a run in one file; - is standard output
lash runs import FILE               takes in such a file

ID is that of a run, its beginning, the `run` of an event, or `last`.
cost: ≤ with calls that were possibly paid (sent, and the answer was lost), ≥ without
calls whose price is not known, ≈ both; ? no price is known.]=]

topics.scripts = [[
#!/usr/bin/env lash
local lash = require "lash"

--- Current weather for a city.
---@param city string
local function weather(city)
  return { city = city, celsius = 21 }
end

local agent = lash.agent { instructions = "Answer in one sentence.", tools = { weather } }
print(agent "What is the weather in Hanoi?")

lash.agent lash.ask lash.tool lash.budget lash.args lash.env lash.stdin lash.json lash.log
lash.sleep lash.try lash.fail lash.secret lash.models lash.dir lash.version]]

topics.options = topics.lash

---@param argv string[]
---@return integer exit
return function(argv)
  local topic = argv[1] or "lash"
  if not topics[topic] then
    local names = {}
    for name in pairs(topics) do names[#names + 1] = name end
    table.sort(names)
    local near = errors.nearest(topic, names)
    errors.raise("usage", ("there is no help on '%s'"):format(topic),
      { hint = near and ("did you mean '%s'?"):format(near) or "topics: " .. table.concat(names, ", ") })
  end
  print(topics[topic])
  return 0
end
