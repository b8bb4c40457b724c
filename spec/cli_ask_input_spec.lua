--- What `lash ask` is given, and where the answer goes: files, images, standard input, -o.
local cjson = require "cjson"
local model = require "spec.support.model"
local server = require "spec.support.server"
local shell = require "spec.support.shell"

local HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
local PNG = "\x89PNG\r\n\x1A\nrest"
local SEES = "qwen3.7-plus"
local ANSWER = model.ok(model.stream { "Hello" })

--- A test with a shell whose service makes these exchanges.
local function wire(exchanges, f)
  return function()
    local s <close> = server.start(exchanges)
    local sh <close> = shell.new { DASHSCOPE_API_KEY = "sk-x", DASHSCOPE_API_BASE = s.url .. "/v1" }
    sh:write(".config/lash/config.json", '{"agents":{"defaults":{"retry":0}}}')
    f(sh, s)
  end
end

--- What the n-th request has as the prompt.
local function content(s, i)
  local messages = cjson.decode(s:requests()[i or 1].body).messages
  return messages[#messages].content
end

local function refuses(sh, cases)
  for _, case in ipairs(cases) do
    local res = sh:sh(("%s </dev/null %s"):format(sh:command "ask", case[1]))
    assert.same({ case[2], "" }, { res.exit, res.out }, case[1])
    assert.matches("^lash: " .. case[3] .. "\n$", res.err)
  end
end

describe("lash ask --image", function()
  it("sends pictures behind the words, as often as it stands there", wire({ ANSWER, ANSWER }, function(sh, s)
    sh:write("a.png", PNG)
    sh:write("b.gif", "GIF89a...")
    local res = sh:lash("ask", "-m", SEES, "--image", "a.png", "What", "is", "it?", "--image=b.gif")
    assert.same({ "Hello\n", "", 0 }, { res.out, res.err, res.exit })
    assert.same({
      { type = "text", text = "What is it?" },
      { type = "image_url", image_url = { url = "data:image/png;base64,iVBORw0KGgpyZXN0" } },
      { type = "image_url", image_url = { url = "data:image/gif;base64,R0lGODlhLi4u" } },
    }, content(s))
    assert.equal(0, sh:lash("ask", "-m", SEES, "--session", "s", "--image", "a.png", "hi").exit)
    assert.equal(2, #content(s, 2))
  end))

  it("says it, too, when a conversation has one that a model cannot see", wire({ ANSWER }, function(sh, s)
    sh:write("a.png", PNG)
    assert.equal(0, sh:lash("ask", "-m", SEES, "--session", "s", "--image", "a.png", "hi").exit)
    local res = sh:lash("ask", "--session", "s", "-m", "qwen3-max", "and now?")
    assert.same({ 64, 1 }, { res.exit, #s:requests() })
    assert.matches("^lash: usage: qwen3%-max takes no images\nhint: ", res.err)
  end))

  it("says before it is sent what is wrong with one", wire({}, function(sh, s)
    sh:write("a.png", PNG)
    sh:write("text", "text")
    sh:sh "head -c 8000000 /dev/zero >large"
    local m = "hi -m " .. SEES
    refuses(sh, {
      { m .. " --image none.png", 66, "input: cannot read none%.png: No such file or directory" },
      { m .. " --image .", 66, "input: cannot read %.: it is a folder" },
      { m .. " --image text", 66, "input: text is not an image\nhint: PNG, JPEG, GIF, WebP or BMP" },
      { m .. " --image large", 66, "input: cannot read large: larger than %d+ bytes" },
      { m .. " --image a.png --image none.png", 66, "input: cannot read none%.png: .*" },
      { m .. " --image", 64, "usage: %-%-image needs a value: FILE" },
      { m .. " --image=", 64, "usage: %-%-image needs a value: FILE" },
      { "--image a.png -m " .. SEES, 64, "usage: an image needs a question\nhint: .*" },
      { "hi --image a.png", 64, "usage: qwen3%-max takes no images\nhint: qwen3[^,]+, qwen3.* do; .*" },
    })
    assert.equal(0, #s:requests())
  end))
end)

describe("the words of lash ask", function()
  it("may begin as a list does", wire({ ANSWER }, function(sh, s)
    assert.equal(0, sh:lash("ask", "- one\n- two").exit)
    assert.equal("- one\n- two", content(s))
  end))

  it("are words, files, pipes and standard input", wire({ ANSWER, ANSWER, ANSWER, ANSWER }, function(sh, s)
    sh:write("notes.txt", "Buy milk.\n")
    assert.equal(0, sh:lash("ask", "@@alice", "said @bob", "@", "-5").exit)
    assert.equal("@alice said @bob @ -5", content(s))
    assert.equal(0, sh:sh("lash ask Read '@'<(echo from a pipe) </dev/null").exit)
    assert.matches("^Read\n\nFile /dev/fd/%d+:\n```\nfrom a pipe\n```$", content(s, 2))
    assert.equal(0, sh:sh("echo input | lash ask a - b @notes.txt c").exit)
    assert.equal("a\n\ninput\n\n\nb\n\nFile notes.txt:\n```\nBuy milk.\n```\n\nc", content(s, 3))
    assert.equal(0, sh:sh("head -c 1000000 /dev/zero | tr '\\0' x | lash ask -").exit)
    assert.equal(("x"):rep(1000000), content(s, 4))
  end))

  it("have files in them, as in a chat", wire({
    ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER, ANSWER,
  }, function(sh, s)
    sh:write("notes.txt", "Buy milk.\n")
    sh:write("my file", "Mine.\n")
    local notes = "\n\nFile notes.txt:\n```\nBuy milk.\n```"
    for i, case in ipairs {
      { "what is in @notes.txt?", "what is in @notes.txt?" .. notes },
      { "@notes.txt, in short", "@notes.txt, in short" .. notes },
      { "@notes.txt?", "@notes.txt?" .. notes },
      { '@"my file" is @~/notes.txt', '@"my file" is @~/notes.txt\n\nFile my file:\n```\nMine.\n```\n\nFile '
        .. sh.path .. "/notes.txt:\n```\nBuy milk.\n```" },
      { "@my file", "File my file:\n```\nMine.\n```" },
      { "@alice said: ask bob@notes.txt", "@alice said: ask bob@notes.txt" },
      { "see @@notes.txt", "see @notes.txt" },
      { "(see @notes.txt) f(@notes.md) [@notes.txt]", "(see @notes.txt) f(@notes.md) [@notes.txt]" .. notes },
      { '(@"my file", @a)', '(@"my file", @a)\n\nFile my file:\n```\nMine.\n```' },
      { "+@@ -1,3 +1,4 @@\n @@ -9", "+@@ -1,3 +1,4 @@\n @@ -9" }, -- a difference is no mark-up of ours
    } do
      local res = sh:lash("ask", case[1])
      assert.same({ "", 0, case[2] }, { res.err, res.exit, content(s, i) })
    end
    local res = sh:lash("ask", "why is @types/node beside @nots.txt?")
    assert.equal("lash: warning: @types/node, @nots.txt?: no such file, sent as it stands\n", res.err)
    assert.equal("why is @types/node beside @nots.txt?", content(s, 11))
    sh:sh "mkdir demo"
    local err = sh:lash("ask", "is @demo/, or @demo ?").err
    assert.equal("lash: warning: @demo/, @demo: a folder, sent as it stands\n", err)
    assert.equal("", sh:lash("ask", "-q", "why is @types/node there?").err)
  end))

  it("have images, by what they are", wire({ ANSWER, ANSWER, ANSWER }, function(sh, s)
    sh:write("shot", PNG)
    sh:write("notes.png", "a text")
    local image = { type = "image_url", image_url = { url = "data:image/png;base64,iVBORw0KGgpyZXN0" } }
    assert.equal(0, sh:lash("ask", "-m", SEES, "What", "is", "@shot").exit)
    assert.equal(0, sh:lash("ask", "-m", SEES, "What is @shot?").exit)
    assert.equal(0, sh:lash("ask", "What is @notes.png").exit)
    assert.same({ { type = "text", text = "What is" }, image }, content(s))
    assert.same({ { type = "text", text = "What is @shot?" }, image }, content(s, 2))
    assert.equal("What is @notes.png\n\nFile notes.png:\n```\na text\n```", content(s, 3))
  end))

  it("say what is wrong with them", wire({}, function(sh, s)
    sh:write("binary", "a\0b")
    sh:write("latin1", "caf\xE9")
    sh:write("a.png", PNG)
    refuses(sh, {
      { "@alice", 66, "input: cannot read alice: No such file or directory\nhint: .*; @@alice is the word itself" },
      { "hi @none.txt", 66, "input: cannot read none%.txt: No such file or directory" },
      { "@types/node", 66, "input: cannot read types/node: No such file or directory\nhint: .*" },
      { "@.", 66, "input: cannot read %.: it is a folder" },
      { "@binary", 66, "input: binary is not a text in UTF%-8\nhint: .*iconv.*" },
      { "@latin1", 66, "input: latin1 is not a text in UTF%-8\nhint: .*iconv.*" },
      { "'see @binary'", 66, "input: binary is not a text in UTF%-8\nhint: .*iconv.*" },
      { "caf\xE9", 66, "input: the prompt is not a text in UTF%-8\nhint: .*iconv.*" },
      { "@a.png", 64, "usage: an image needs a question\nhint: .*" },
      { "@a.png what?", 64, "usage: qwen3%-max takes no images\nhint: .*" },
      { "- <latin1", 66, "input: standard input is not a text in UTF%-8\nhint: .*" },
      { "@/dev/zero", 66, "input: cannot read /dev/zero: larger than %d+ bytes" },
      { "- </dev/zero", 66, "input: cannot read standard input: larger than %d+ bytes" },
      { "-", 66, "input: standard input is empty" },
      { "hi - -", 64, "usage: standard input stands twice in the prompt" },
      { "hi -m ''", 64, "usage: %-m needs a value: NAME" },
      { "hi --session=", 64, "usage: %-%-session needs a value: ID" },
      { "hi -o file -s '' -x", 64, "usage: unknown option '%-x'\nhint: .*" },
      { "hi --imgae x", 64, "usage: unknown option '%-%-imgae'\nhint: did you mean '%-%-image'%?" },
    })
    for _, word in ipairs { "--image", "-t", "-o" } do
      assert.equal(("lash: usage: unknown option '%s'\nhint: it stands behind its command: lash ask %s\n")
        :format(word, word), sh:lash(word, "x", "ask", "hi").err)
    end
    assert.equal(0, #s:requests())
  end))
end)

describe("lash ask -o", function()
  it("puts the answer into a file when it is whole", wire({
    { steps = { { send = HEAD .. "data: " .. model.chunk { content = "Half" } .. "\n\n" }, { close = true } } },
    model.refusal(404, "no such model"), ANSWER, ANSWER, ANSWER, ANSWER,
  }, function(sh)
    sh:write("out.txt", "before")
    local res = sh:lash("ask", "hi", "-o", "out.txt")
    assert.same({ 76, "", "before", "Half\n" }, { res.exit, res.out, sh:read "out.txt", sh:read "out.txt.part" })
    assert.matches("^lash: warning: what came of the answer is in out%.txt%.part\nlash: incomplete: ", res.err)
    assert.equal(78, sh:lash("ask", "hi", "-o", "new.txt").exit)
    assert.equal("out.txt\nout.txt.part\n", sh:sh("ls | grep txt").out) -- nothing of one that has not come

    -- It keeps its mode, and is replaced behind a link; in one step, so who has it open reads on.
    sh:sh "chmod 640 out.txt; ln -s out.txt link"
    res = sh:sh [[exec 9<out.txt; lash ask hi -o link </dev/null; cat <&9
      stat -c " %a" out.txt; test -L link && echo link]]
    assert.same({ "before 640\nlink\n", "", "Hello\n" }, { res.out, res.err, sh:read "out.txt" })
    assert.equal("644\n", sh:sh("umask 022; lash ask hi -o new.txt </dev/null; stat -c %a new.txt").out)

    -- What is no plain file gets it as it comes.
    assert.equal("Hello\n", sh:sh("lash ask hi -o /dev/stdout </dev/null | cat").out)
    assert.equal("Hello\n", sh:sh("lash ask hi -o - </dev/null").out)
  end))

  it("finds out before anything is paid that it cannot", wire({}, function(sh, s)
    sh:sh "mkdir folder"
    refuses(sh, {
      { "hi -o folder", 73, "output: cannot create folder: Is a directory" },
      { "hi -o no/such/file", 73, "output: cannot create no/such/file: No such file or directory" },
      { "hi -o ''", 64, "usage: %-o needs a value: FILE" },
    })
    assert.equal(0, #s:requests())
  end))

  it("writes to a standard stream, which may be a file of others", wire({ ANSWER, ANSWER }, function(sh)
    sh:write("log", "old\n")
    sh:sh "{ echo before; lash ask hi -o /dev/stdout; echo after; } >>log"
    assert.matches("^old\nbefore\n[^\n]+\nafter\n$", sh:read "log")
    sh:sh "{ echo before; lash ask hi -o /dev/fd/3; echo after; } 3>>log >>log"
    assert.matches("after\nbefore\n[^\n]+\nafter\n$", sh:read "log")
  end))

  it("tells when the disk is full", wire({ ANSWER }, function(sh)
    local res = sh:lash("ask", "hi", "-o", "/dev/full")
    assert.same({ 74, "lash: io: cannot write /dev/full: No space left on device\n" }, { res.exit, res.err })
  end))
end)
