return [=[
lash sessions [--json]           conversations that were kept: id, time, number
                                 of prompts, first prompt; the latest first
lash sessions show ID [--json]   all of one
lash sessions rm ID              removes one

`lash ask --session ID …` begins one or goes on with it; in a script it is
lash.agent(…):session "ID". `last` is the one used last.]=]
