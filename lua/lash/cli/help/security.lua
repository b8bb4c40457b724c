return [[
what a model may do:

A model only asks for calls of tools. Tools that you wrote run, unless they have
`confirm = true`. The built-in ones are off until named, and then held by a
policy, of the script or of an agent, here or in config.json:

  lash.policy { read = { "src/**" }, write = "ask",
                exec = { "make", "git status" }, net = { "example.com" } }

  "allow", "ask", "deny", or a list of what is allowed: globs, first words of
  commands, names of hosts. What is in no list is asked.
  Default: reading in the working folder is allowed, all else asks.

questions go to the terminal, wherever the streams go; without one the answer is
  no, the model is told, and the run ends with 77 after its answer. In a
  workflow they wait for `lash runs approve ID yes`.
secrets: keys are masked in all output; no built-in tool opens .env, keys, .ssh,
  or what lash lives from.
shell sees system folders, the working folder and a temporary one; no network,
  no home folder. `lash check` says what the kernel has for that.
config.json and .env.local of the current folder count when it is trusted:
  `lash help trust`.

A prompt's `@FILE` is read from the words of `ask` and what is typed in `chat`,
never from standard input or what is pasted: give what strangers wrote to `-`.]]
