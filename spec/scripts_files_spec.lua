--- The scripts that keep files: tag-files, translate.
local automation = require "spec.support.automation"
local json = require "lash.core.json"

local answer, test = automation.answer, automation.test

local function ends(code, out, err, run)
  assert.same({ code, out, err }, { run.code, run.out, run.err })
end

describe("tag-files", function()
  local TAGS = { kind = "note", private = false, tags = { "x" }, title = "A note" }
  local ANY = { times = 100, tool = "final_answer", arguments = TAGS }

  it("tags what is new or has changed, once", test("tag-files", { ANY }, function(at)
    at:sh "mkdir 'd[1]' 'd[1]/sub'"
    at:write("d[1]/a.txt", "alpha")
    at:write("d[1]/sub/b c\nd.txt", "beta")
    at:write("d[1]/.hidden", "no")
    ends(0, "", "", at:run { "d[1]/" })
    local prompts = { at:prompt(1), at:prompt(2) }
    table.sort(prompts)
    assert.same({ "Name: a.txt\nSize: 5 bytes\nContent: alpha", "Name: sub/b c\nd.txt\nSize: 4 bytes\nContent: beta" },
      prompts)
    assert.same({ "kind", "private", "tags", "title" }, at:schema(1).required)
    local index = json.decode(at:read "d[1]/tags.json")
    assert.equal("A note", index.files["a.txt"].title)
    assert.same({ 5, "note" }, { index.files["a.txt"].size, index.files["a.txt"].kind })
    assert.equal(4, index.files["sub/b c\nd.txt"].size)

    local before = at:sh "stat -c %i,%y 'd[1]/tags.json'"
    ends(0, "", "", at:run { "d[1]" })
    assert.same({ before, 2 }, { at:sh "stat -c %i,%y 'd[1]/tags.json'", #at.server.requests })

    at:sh [[rm 'd[1]/a.txt'; cd d*/sub; echo changed >>"$(ls)"]]
    at:run { "d[1]" }
    index = json.decode(at:read "d[1]/tags.json")
    assert.same({ nil, 12, 3 }, { index.files["a.txt"], index.files["sub/b c\nd.txt"].size, #at.server.requests })
  end))

  it("takes names and contents of any bytes", test("tag-files", { ANY }, function(at)
    at:sh [[mkdir d; printf 'a\0b' >d/zero; printf x >"$(printf 'd/caf\351')"; : >d/empty; mkfifo d/pipe
      ln -s nowhere d/link; printf 'no pdf' >d/x.pdf; head -c 100000 /dev/zero | tr '\0' y >d/long]]
    ends(0, "", "", at:run { "d" })
    local index, n = json.decode(at:read "d/tags.json").files, 0
    for _ in pairs(index) do n = n + 1 end
    assert.same({ 5, 1 }, { n, index["caf%E9"].size })
    for i = 1, 5 do
      assert.is_true(#at:prompt(i) < 4000)
      if at:prompt(i):find "zero" then assert.matches("Content: (not a text)", at:prompt(i), 1, true) end
    end
    ends(0, "", "", at:run { "d" })
    assert.equal(5, #at.server.requests)
  end))

  it("keeps what was found when something fails", test("tag-files",
    { { match = "bad", times = 9, status = 400, message = "no such thing" }, ANY }, function(at)
      at:sh "mkdir d; echo 1 >d/good; echo 2 >d/bad"
      at:write("d/tags.json", '{"files": {"bad": {"title": "as it was", "size": 99, "mtime": 1}}}')
      local run = at:run { "d" }
      assert.equal(78, run.code)
      assert.matches("^lash: warning: bad: invalid: .*no such thing\nlash: invalid: [^\n]*no such thing\n", run.err)
      local files = json.decode(at:read "d/tags.json").files
      assert.same({ "A note", "as it was" }, { files.good.title, files.bad.title })
    end))

  it("keeps what was found when it is stopped", test("tag-files",
    { { match = "Name: 9", status = 401 }, ANY }, function(at)
      at:sh "mkdir d; for i in 1 2 3 4 9; do echo $i >d/$i; done"
      assert.equal(77, at:run({ "d" }).code)
      local n = 0
      for _ in pairs(json.decode(at:read "d/tags.json").files) do n = n + 1 end
      assert.is_true(n >= 1 and n <= 4)
    end))

  it("refuses what is no folder, and an index that is none", test("tag-files", {}, function(at)
    ends(66, "", "lash: input: x is no folder\n", (at:write("x", "") and at:run { "x" }))
    assert.equal(66, at:run({ "none" }).code)
    at:sh "mkdir d"
    at:write("d/tags.json", "{ broken")
    local run = at:run { "d" }
    assert.equal(65, run.code)
    assert.matches("d/tags.json is damaged\nhint: remove it to begin anew\n$", run.err)
    assert.equal("{ broken", at:read "d/tags.json")
  end))
end)

describe("translate", function()
  local EN = [[{ "menu": { "open": "Open {{name}}", "quit": "Quit" }, "count": "%d of %1$s <b>files</b>",
    "plural": "{n, plural, one {# file} other {# files}}", "list": ["a"], "none": [], "max": 3, "empty": "" }]]

  it("translates what is missing, with its placeholders", test("translate", {
    answer {
      { n = 1, text = "%d von %1$s <b>Dateien</b>" }, { n = 2, text = "Öffne {{name}}" },
      { n = 3, text = "{n, plural, one {# Datei} other {# Dateien}}" }, { n = 9, text = "?" },
    },
  }, function(at)
    at:write("en.json", EN)
    at:write("de.json", '{"menu": {"quit": "Beenden"}, "old": "Alt"}')
    ends(0, "de.json: 3 texts translated\n", "", at:run { "en.json", "de.json", "--language", "German" })
    assert.matches("into this language: German.", at.server.requests[1].json.messages[1].content, 1, true)
    assert.equal('{"key":"count","n":1,"text":"%d of %1$s <b>files</b>"}', at:prompt(1):match "[^\n]*")
    assert.same({ menu = { open = "Öffne {{name}}", quit = "Beenden" }, count = "%d von %1$s <b>Dateien</b>",
      old = "Alt", plural = "{n, plural, one {# Datei} other {# Dateien}}",
      list = { "a" }, none = {}, max = 3, empty = "" },
      json.decode(at:read "de.json"))
    local before = at:read "de.json"
    assert.matches('"none": []', before, 1, true)
    ends(0, "", "", at:run { "en.json", "de.json", "de" })
    assert.same({ before, 1 }, { at:read "de.json", #at.server.requests })
  end))

  it("asks once more for what came back broken, then leaves it out", test("translate", {
    answer { { n = 1, text = "Öffne {name}" }, { n = 2, text = "ein %s" } },
    answer { { n = 1, text = "Öffne {Name}" } },
  }, function(at)
    at:write("en.json", '{"open": "Open {file}", "with": "a %s", "also": "x"}')
    at:write("de.json", '{"also": "x"}')
    ends(1, "de.json: 1 texts translated\n",
      "lash: warning: open: left out, its placeholders were not kept: {file}\n",
      at:run { "en.json", "de.json", "German" })
    assert.equal('{"key":"open","n":1,"text":"Open {file}"}', at:prompt(2))
    assert.same({ also = "x", with = "ein %s" }, json.decode(at:read "de.json"))
  end))

  it("asks for many in parts", test("translate", function(request)
    local list = {}
    for n in request.prompt:gmatch '"n":(%d+)' do list[#list + 1] = { n = math.tointeger(n), text = "ja " .. n } end
    return answer(list)
  end, function(at)
    local texts = {}
    for i = 1, 100 do texts["k" .. i] = "yes" end
    at:write("en.json", json.encode(texts))
    ends(0, "fr.json: 100 texts translated\n", "", at:run { "en.json", "fr.json", "fr" })
    assert.equal(3, #at.server.requests)
  end))

  it("keeps what was paid when a later request fails", test("translate",
    { answer { { n = 1, text = "ja" } }, { status = 401 } }, function(at)
      local texts = {}
      for i = 1, 41 do texts[("k%02d"):format(i)] = "yes" end
      at:write("en.json", json.encode(texts))
      assert.equal(77, at:run({ "en.json", "fr.json", "fr" }).code)
      assert.same({ k01 = "ja" }, json.decode(at:read "fr.json"))
    end))

  it("says which file is no language file, and changes none", test("translate", { { status = 401 } }, function(at)
    at:write("en.json", EN)
    at:write("bad.json", "{")
    at:write("text.json", '"x"')
    assert.matches("bad.json: not JSON: line 1", at:run({ "bad.json", "de.json", "de" }).err, 1, true)
    assert.matches("text.json: no object", at:run({ "en.json", "text.json", "de" }).err, 1, true)
    assert.equal(66, at:run({ "none.json", "de.json", "de" }).code)
    assert.equal(77, at:run({ "en.json", "de.json", "de" }).code)
    assert.equal("", at:read "de.json")
  end))
end)
