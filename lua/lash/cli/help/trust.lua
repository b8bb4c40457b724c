return [=[
lash trust [DIR]

Lets the config.json and .env.local of a folder count while it is the current
one; by default, those of the current folder. They are remembered as they are
now: a change ends it. A folder that somebody else wrote could send your key
elsewhere, so nothing in it counts before you say so.

The folders of scripts and of --config need no trust: you named them yourself.]=]
