return [=[
lash fake [--port N] [REPLIES.lua]

Answers on loopback as the service would, until it is stopped. Prints its
address, and the environment to use it:

  lash fake &
  export DASHSCOPE_API_BASE=http://127.0.0.1:…/compatible-mode/v1
  export DASHSCOPE_API_KEY=sk-fake
  lash ask hello

Any key will do, but none and `sk-bad`. What the service refuses is refused.
REPLIES.lua returns a list of replies, or a function from a request to a reply:

  return {
    { match = "weather", tool = "weather", arguments = { city = "Hanoi" } },
    { match = "celsius", text = "It is mild." },
    { status = 429, retry_after = 1 },
  }

  --port N   the port; without it, or 0, any that is free]=]
