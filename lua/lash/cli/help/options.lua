return [=[
options stand before a script's name, and are the defaults of its agents; or
anywhere behind `ask`, `chat` and `check`. `--` ends them.

  -a, --agent NAME         the agent of config.json to start from
  -m, --model NAME         the model (default: qwen3-max)
  -p, --provider NAME      the provider of config.json (default: dashscope)
      --thinking LEVEL     off, low, medium or high
      --max-tokens N       longest answer, in tokens (default: 8192)
      --temperature T      0 up to, but not including, 2
      --timeout DURATION   deadline of the whole run: 90, 1m30s
      --budget USD         what the whole run may spend, in US dollars
      --accept-changes     a workflow does again what was given something else
      --config FILE        this config.json and no other
      --json               events as lines of JSON on stdout
  -q, --quiet              no activity, no warnings
  -v, --verbose            thinking, tool calls and retries on stderr; -vv: the
                           wire, without secrets, and an error's traceback
      --no-color           no colours, as with $NO_COLOR
  -e, --eval CODE          run CODE; what follows are its arguments
  -i, --interactive        a Lua prompt, behind the script when there is one
  -h, --help               what there is
      --version            which lash this is

for ask and chat:
  -s, --system TEXT        instructions for the model
  -t, --tool NAME          a built-in tool, several times for several:
                           read_file, list_files, grep, write_file, edit_file,
                           shell, fetch
      --image FILE         a picture, several times for several
      --session ID         go on with this conversation, or begin it; `last`

for ask:
  -o, --output FILE        the answer goes into FILE
  -r, --returns TYPE       the answer as JSON of this type: "'yes'|'no'"

for check:
      --live               ask the model, once
      --tools              with --live: does it stream together with tools?]=]
