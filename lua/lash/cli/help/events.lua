return [[
events, with --json: a line of JSON on stdout for all that happens, no other.
Every event has `type` and `t` (seconds); those of a run have `run` (its id),
`agent`, and `parent`, the run in whose tool it is at work.

  start        model
  thinking     text: a piece
  text         text: a piece; together they are the answer
  tool_call    id, name, arguments
  tool_result  id, name, content, ok, seconds
  usage        usage {input, output, reasoning, cached, total}, cost: of a turn
  retry        attempt, delay, error; or model, which is asked instead
  compact      left_out: so many messages are not sent any more
  done         result: a run has ended well

of the whole program:

  output       text: what a script printed
  finding      of `lash check`
  done         exit, kind, error: always the last line, and the only one with
               `exit`

So one question has two lines `done`: that of its run, which has `run` and
`result`, and that of the program.

  lash ask --json hi | jq -r 'select(.type == "text").text'

docs/events.md has them all, docs/events.schema.json as a JSON Schema.]]
