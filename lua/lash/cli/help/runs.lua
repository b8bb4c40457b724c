return [=[
lash runs [NAME] [OPTION…]
    what was run, the latest first: scripts, workflows and prompts with model
    calls in them; those of a script's or workflow's NAME
      --state STATE   running, crashed, waiting, failed, done, undone or skipped
      --day DAY       2026-11-29, today or yesterday
      --limit N       so many at most (default: 50)
      --json          a line of JSON each
lash runs show ID [-v] [--json]
    the record and its steps: time, tokens, money, questions that wait;
    -v: also what was replaced
lash runs approve ID yes|no [KEY]
    answers a question that waits
lash runs resume ID [--accept-changes]
    goes on with a workflow's run: the same command, in the same folder
lash runs rm ID…
    forgets runs; what they spent still counts
lash runs export ID FILE
    all of a run in one file; - is standard output
lash runs import FILE
    takes in such a file

ID is that of a run, its beginning, the `run` of an event, or `last`.
cost: ≤ with calls that were possibly paid (sent, and the answer was lost),
≥ without calls whose price is not known, ≈ both; ? no price is known.]=]
