local difference = require "lash.test.difference"
local json = require "lash.core.json"

local function chat(...)
  local messages = json.array {}
  for i, text in ipairs { ... } do messages[i] = { role = i == 1 and "system" or "user", content = text } end
  return { model = "m", messages = messages }
end

describe("The difference of two requests", function()
  local LONG = ("word "):rep(40)
  local CASES = {
    { "is nothing between equal ones", chat("a", "b"), chat("a", "b"), nil },
    { "shows whole texts that are short", chat("a", "old"), chat("a", "new"),
      { "message 2 (user):", "  recorded: old", "  now:      new" } },
    { "shows what stands around it", chat(LONG .. "old" .. LONG), chat(LONG .. "new" .. LONG),
      { "message 1 (system), behind 200 characters:",
        "  recorded: …word word word word word word oldword word word word word word word word word wor…",
        "  now:      …word word word word word word newword word word word word word word word word wor…" } },
    { "cuts between characters", chat "Hà Nội", chat "Hà Nộp",
      { "message 1 (system), behind 5 characters:", "  recorded: Hà Nội", "  now:      Hà Nộp" } },
    { "counts characters, not bytes", chat "àé", chat "àè",
      { "message 1 (system), behind 1 character:", "  recorded: àé", "  now:      àè" } },
    { "keeps to its lines", chat "a\nb", chat "a\nc",
      { "message 1 (system), behind 2 characters:", "  recorded: a\\nb", "  now:      a\\nc" } },
    { "tells of a message more", chat("a", "b"), chat("a", "b", "c"),
      { "message 3 (user):", "  recorded: nothing", '  now:      {"content":"c","role":"user"}' } },
    { "tells of one less", chat("a", "b"), chat "a",
      { "message 2 (user):", '  recorded: {"content":"b","role":"user"}', "  now:      nothing" } },
    { "lets a masked secret be anything", chat "key [secret].", chat "key 123.", nil },
    { "lets it hide no more than that", chat "key [secret].", chat "key 123!",
      { "message 1 (system), behind 4 characters:", "  recorded: key [secret].", "  now:      key 123!" } },
    { "lets it be nothing", chat "key [secret][secret].", chat "key .", nil },
    { "takes what stands between two for text, not for a pattern", chat "[secret].-[secret]%", chat "1.-2%", nil },
    { "finds it where the end fits, too", chat "a[secret]b[secret]c", chat "abcbcbc", nil },
    { "uses no text twice", chat "ab[secret]ba", chat "aba",
      { "message 1 (system), behind 2 characters:", "  recorded: ab[secret]ba", "  now:      aba" } },
    { "uses none twice between masks", chat "a[secret]b[secret]b", chat "ab",
      { "message 1 (system), behind 1 character:", "  recorded: a[secret]b[secret]b", "  now:      ab" } },
    { "compares many masks at once", chat(("word [secret] "):rep(1000)), chat(("word word "):rep(1000)), nil },
    { "tells of many that do not fit", chat(("word [secret] "):rep(1000)), chat(("word "):rep(3000) .. "!"),
      { "message 1 (system), behind 5 characters:",
        "  recorded: word [secret] word [secret] word [secret] word [secret] …",
        "  now:      word word word word word word word word word word word w…" } },
  }
  for _, case in ipairs(CASES) do
    it(case[1], function()
      local lines = difference.lines(case[2], case[3])
      assert.same(case[4], lines)
      assert.equal(case[4] == nil, difference.equal(case[2], case[3]))
    end)
  end

  it("is one of texts, too, as of a request without JSON", function()
    assert.same({ "body, behind 1 character:", "  recorded: ab", "  now:      ac" },
      difference.lines({ method = "GET", body = "ab" }, { method = "GET", body = "ac" }))
  end)
end)

describe("A tape's bytes", function()
  it("come back as they were, text or not, wherever they are cut", function()
    local tape = require "lash.trial.tape"
    for _, bytes in ipairs { "", "a", "Hà Nội", "\xFF", "\xFF\0", "\xFF\0\x80", "\0\1\2\3\xFE\xFF" } do
      for cut = 0, #bytes do
        local text = tape.encode { method = "GET", url = "http://h/", status = 200, headers = {}, seconds = 1,
          ended = "whole", pieces = { { 0.5, bytes:sub(1, cut) }, { 0.75, bytes:sub(cut + 1) } } }
        local parts = {}
        for i, piece in ipairs(tape.decode(text, "t")[1].pieces) do parts[i] = piece[2] end
        assert.equal(bytes, table.concat(parts))
      end
    end
  end)
end)
