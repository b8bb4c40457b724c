return [=[
lash chat [OPTION…]

A conversation: prompt by prompt at a terminal, line by line from a pipe. `lash`
alone at a terminal is one, too.

  lash chat -t read_file -t grep
  lash chat --session last

  -s, -t, --session    as of `lash help ask`
      --image FILE     an image for the first prompt
and all of `lash help options` but --json. --budget counts for the whole chat.

  /model /tools /system /thinking /undo /fork /new /sessions /save /cost
  /compact /lua /edit /help /quit    /help says what they take
  !COMMAND             runs a command; !!COMMAND adds its output to the next
                       prompt
  @FILE                in a prompt: adds the file, or the image
  \                    at the end of a line: goes on in the next one
  Tab, Ctrl-R          completes; searches what was typed, in all folders
  Ctrl-C               stops the answer, or clears the line; twice, it leaves
                       with 130
  Ctrl-D               leaves

Exit status: 0 at a terminal, whatever failed in between; from a pipe that of
the last prompt or command.

lash -i [SCRIPT [ARG…]] is a Lua prompt: expressions are printed, `agent` and
`lash` are there.]=]
