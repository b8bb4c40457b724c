return [[
tools, in a script:

  --- Current weather for a city.
  ---@param city string
  ---@param days? integer  Forecast length, 1 to 7
  local function weather(city, days) return { city = city, celsius = 21 } end

  lash.agent { tools = { weather, "read_file" } }

The comment is what the model knows. Others are made by lash.tool { name, about,
params, run } and, of a command, without a shell, by lash.cmd("git log -n {n:
integer = 10}", "Recent commits."). What fails, is told to the model.

types, as in `ask -r`, lash.args and jobs: string integer number boolean any,
'a'|'b', 0..10, T[], {k: T, k2?: T}, {[string]: T}, T?, k: T = default

built in, off until named (`ask -t NAME`, tools = { "NAME" }):
  read_file   a text, or some of its lines
  list_files  what is in a folder, by glob
  grep        lines that match
  write_file  edit_file
  shell       a command, in a sandbox without network
  fetch       a page of the web, as text

Reading in the working folder is allowed, all else asks: `lash help security`.]]
