--- Documents of strangers as text: kinds, encodings, links, and those that are
--- made to be too much.
local page = require "lash.page"
local sched = require "lash.sched"
local urls = require "lash.http.url"

local BASE = assert(urls.read "https://example.org/a/b?c")

local function text(body, kind, charset) return sched.run(page.text, body, kind, charset, BASE) end

describe("a document", function()
  it("is HTML, text or nothing to read, by its type", function()
    local cases = {
      { "text/html", "html" }, { "Text/HTML; Charset=UTF-8", "html", "utf-8" },
      { "application/xhtml+xml;charset='iso-8859-1'", "html", "iso-8859-1" }, { "text/plain", "text" },
      { "text/csv; header=present; charset=\"gbk\"", "text", "gbk" }, { "application/json", "text" },
      { "application/problem+json", "text" }, { "application/x-ndjson", "text" }, { "application/xml", "text" },
      { "application/rss+xml", "text" }, { "text/xml", "text" }, { "image/svg+xml" }, { "image/png" },
      { "application/pdf" }, { "application/octet-stream" }, { "application/xmlish" },
    }
    for _, case in ipairs(cases) do
      assert.same({ case[2], case[3] }, { page.kind(case[1], "") }, case[1])
    end
    assert.equal("html", (page.kind(nil, " <!DOCTYPE html>")))
    assert.equal("html", (page.kind("nonsense", "\n<html lang=en>")))
    assert.equal("text", (page.kind(nil, "<x>")))
    assert.is_nil((page.kind(nil, "\0\1")))
  end)

  it("is read in its encoding: by its mark, the server's word, its own, or by trial", function()
    local cases = {
      { "\xEF\xBB\xBFé", "text", "latin1", "é" }, { "\xFF\xFEa\0\xE9\0", "text", nil, "aé" },
      { "\xFE\xFF\0a", "text", "utf-8", "a" }, { "\xE9\x80", "text", "ISO-8859-1", "é€" },
      { "\xE9", "text", nil, "é" }, { "é", "text", nil, "é" }, { "é\xFF", "text", "utf-8", "é\u{FFFD}" },
      { "\xA4", "text", "iso-8859-15", "€" }, { "\x83\x65", "text", "Shift_JIS", "テ" },
      { "\xD6\xD0", "text", "gb2312", "中" }, { "\xC7\xD1", "text", "euc-kr", "한" }, { "\xC1", "text", "koi8-r", "а" },
      { "é", "text", "x-unknown", "é" }, { "a\0b\0", "text", "utf-16", "ab" },
      { "<meta charset=windows-1251>\xE0", "html", nil, "а" },
      { "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-2'>\xB1", "html", nil, "ą" },
      { "<meta charset='utf-16'>é", "html", nil, "é" }, { "<meta charset=koi8-r>é", "html", "utf-8", "é" },
      { "<?xml version='1.0' encoding='iso-8859-1'?><a>\xE9</a>", "text", nil,
        "<?xml version='1.0' encoding='iso-8859-1'?><a>é</a>" },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[4], (text(case[1], case[2], case[3])), case[4])
    end
  end)

  it("that is text comes as it is, without controls", function()
    assert.equal("a\n\tb\nc[1m\n", (text("a\r\n\tb\rc\27[1m\n", "text")))
    local none, message = text("a\0b", "text")
    assert.same({ nil, "it is no text, whatever its type says" }, { none, message })
  end)

  it("that is HTML has its links behind their words", function()
    local cases = {
      { "<a href=x>w</a>", "w (https://example.org/a/x)" }, { "<a href='//h/ä b'>w</a>.", "w (https://h/%C3%A4%20b)." },
      { "<a href='#top'>w</a><a href=''>v</a>", "wv" }, { "<a href='javascript:f()'>w</a>", "w" },
      { "<a href='mailto:a@b'>w</a>", "w" }, { "<a href='https://h/x'>https://h/x</a>", "https://h/x" },
      { "<title>t</title><base href='/z/'><a href=x>w</a>", "t\n\nw (https://example.org/z/x)" },
      { "<base href='http://h/z'><p><a href=x>w</a>", "w (http://h/x)" },
      { "\1\2&#1;x&#2;", "\u{FFFD}\u{FFFD}x" },
    }
    for _, case in ipairs(cases) do assert.equal(case[2], (text(case[1], "html")), case[1]) end
  end)
end)

describe("a document that is made to be too much", function()
  local patience = page.patience
  after_each(function() page.patience = patience end)

  it("is given up when it takes too long", function()
    page.patience = 0.2
    local none, message = text(("<div>"):rep(300000), "html") -- quadratic
    assert.same({ nil, "it cannot be read within 0.2 s" }, { none, message })
  end)

  it("is given up when it needs too much memory", function()
    page.patience = 60 -- a busy machine may take its time
    local tags = {}
    for i = 1, 10000 do tags[i] = ("<b a=%d>"):format(i) end
    local none, message = text("<p>" .. table.concat(tags) .. ("<p>x"):rep(10000), "html")
    assert.same({ nil, "it cannot be read: the page needs too much memory" }, { none, message })
  end)

  it("leaves others alone while it is read", function()
    page.patience = 0.3
    local ticks = 0
    sched.run(function()
      local _ticker <close> = sched.spawn_daemon(function()
        while true do
          sched.sleep(0.01)
          ticks = ticks + 1
        end
      end)
      page.text(("<div>"):rep(300000), "html", nil, BASE)
    end)
    assert.is_true(ticks >= 5)
  end)
end)

describe("lash --page", function()
  it("can open nothing but libraries", function()
    local run = require "lash.exec.run"
    local start, given = run.run, nil
    local _back <close> = setmetatable({}, { __close = function() run.run = start end })
    run.run = function(argv, options)
      given = options
      return start(argv, options)
    end
    assert.equal("x", (text("<p>x", "html")))
    assert.same({}, given.env)
    local support = require("lash.core.proc").support()
    if support.landlock == 0 or not support.seccomp then return pending "this kernel confines nothing" end
    given.sandbox.read[#given.sandbox.read + 1] = "/bin"
    for _, command in ipairs { "cat /etc/passwd", "ls .", "echo x > /tmp/lash-page-spec" } do
      local record = sched.run(start, { "/bin/sh", "-c", command }, given)
      assert.is_true(record.code ~= 0, command)
    end
  end)

  it("takes nothing but what it is for", function()
    local program = os.getenv "LASH_PROGRAM"
    for _, words in ipairs { "", "html", "pdf utf-8", "html utf-8 x" } do
      assert.same({ nil, "exit", 64 }, { os.execute(("'%s' --page %s </dev/null"):format(program, words)) })
    end
    local pipe <close> = io.popen(("printf x | '%s' --page text nothing 2>&1; echo $?"):format(program))
    assert.equal("the encoding 'nothing' is not known\n65\n", pipe:read "a")
  end)
end)
