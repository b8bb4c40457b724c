return [=[
lash init [DIR]

Writes into DIR, by default the current folder, what one begins with:

  hello.lua             a script with a tool
  spec/hello_spec.lua   its spec: `lash test` needs no key
  .env.local            for the key; only you can read it
  .luarc.json           settings for editors: they know all of lash
  .gitignore            a line in it: .env.local is nobody else's

Nothing is written where one of the others is there already.]=]
