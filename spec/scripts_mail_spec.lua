--- mail-digest, and the module mail that it reads mail with.
local automation = require "spec.support.automation"
local lash = require "lash"

local answer, test = automation.answer, automation.test

local function ends(code, out, err, run)
  assert.same({ code, out, err }, { run.code, run.out, run.err })
end

local function mail(subject, headers, body)
  return ("From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\n%s\n%s\n"):format(subject,
    subject:gsub("%W", ""), headers or "", body or "Hello.")
end

describe("mail-digest", function()
  it("sums up what is new, under the senders' own names", test("mail-digest", {
    answer { { mail = 2, when = "ignore", summary = "Ads." }, { mail = 1, when = "today", summary = "Sign\27[2J it." },
      { mail = 9, when = "today", summary = "?" } },
    answer { { mail = 1, when = "soon", summary = "Later." } },
  }, function(at)
    at:sh "mkdir -p M/cur M/new M/tmp"
    at:write("M/cur/100.a:2,S", mail "Contract")
    at:write("M/new/200.b", mail "Offer")
    at:sh "ln -s gone M/new/100.link; mkdir M/cur/300"
    ends(0, "today\n  Ann <ann@example.org>: Contract\n    Sign [2J it.\nignore\n  Ann <ann@example.org>: Offer\n"
      .. "    Ads.\n", "", at:run { "M" })
    assert.matches("Mail 1\n.*Subject: Contract\n.*Hello.*Mail 2\n.*Subject: Offer", at:prompt(1))
    ends(0, "", "", at:run { "M" })
    at:write("M/new/300.c", mail "Third")
    at:sh "rm -r M/cur/*"
    ends(0, "soon\n  Ann <ann@example.org>: Third\n    Later.\n", "", at:run { "M" })
    assert.not_matches("Offer", at:prompt(2))
  end))

  it("names mails that were left out", test("mail-digest", { answer { { mail = 1, when = "soon", summary = "x" } } },
    function(at)
      for i = 1, 4 do at:write(("in box[1]/%d.eml"):format(i), mail("No " .. i)) end
      local out = at:run({ "in box[1]", "--most", "2", "--all" }).out
      assert.equal("soon\n  Ann <ann@example.org>: No 3\n    x\nunread\n  Ann <ann@example.org>: No 4\n"
        .. "and 2 older mails\n", out)
    end))

  it("shows a mail again when its digest has failed", test("mail-digest",
    { { status = 401 }, answer { { mail = 1, when = "soon", summary = "x" } } }, function(at)
      at:write("one.eml", mail "One")
      assert.equal(77, at:run({ "one.eml" }).code)
      assert.matches("One", at:run({ "one.eml" }).out)
    end))

  it("reads an mbox", test("mail-digest", { answer { { mail = 1, when = "soon", summary = "x" } } }, function(at)
    at:write("mbox", "From a Thu\n" .. mail("One", nil, "Text\nFrom the sea") .. "\nFrom b Fri\r\n" .. mail "Two")
    at:run { "mbox" }
    assert.matches("Subject: One\n.*Text\nFrom the sea.*Mail 2\n.*Subject: Two", at:prompt(1))
  end))

  it("says what is missing", test("mail-digest", {}, function(at)
    assert.equal(66, at:run({ "none" }).code)
    assert.equal(64, at:run().code)
    at:sh "mkdir empty"
    ends(0, "", "", at:run { "empty" })
  end))
end)

describe("the module mail", function()
  --- The fields of a parsed mail, read by a script beside it.
  local function parsed(raw, f)
    return test("mail", {}, function(at)
      at:write("mail.eml", raw)
      local code = [[local lash = require "lash"
        print(lash.json.encode(require("mail").parse(lash.fs.read "mail.eml")))]]
      local run = at.project:lash({ "-e", code }, { LASH_PATH = automation.FOLDER .. "/?/init.lua" })
      assert.same({ 0, "" }, { run.code, run.err })
      f(lash.json.decode(run.out))
    end)
  end

  for value, text in pairs {
    ["=?UTF-8?B?R3LDvMOfZQ==?="] = "Grüße",
    ["=?iso-8859-1?q?Gr=FC=DFe_aus?= Rom"] = "Grüße aus Rom",
    ["=?utf-8?Q?a?=\n =?utf-8?Q?b?=\n\t=?utf-8?q?c?="] = "abc",
    ["=?UTF-8?B?4oI=?= =?UTF-8?B?rA==?="] = "€",
    ["=?iso-2022-jp?B?GyRCRnxLXBsoQg==?="] = "日本",
    ["=?utf-8*en?Q?x?="] = "x",
    ["=?x-none?Q?=41?="] = "A",
    ["=?utf-8?B?G1sySg==?= \27[1m"] = " [2J  [1m",
    ["caf\xe9"] = "café",
    ["=?broken"] = "=?broken",
    ["a:\tb"] = "a: b",
  } do
    it("decodes " .. text, parsed("Subject: " .. value .. "\n\n", function(m) assert.equal(text, m.subject) end))
  end

  local ALTERNATIVE = 'Content-Type: multipart/mixed; boundary="=_o"\n\npreamble\n--=_o\n'
    .. "Content-Type: multipart/alternative; boundary=in\n\n--in\nContent-Type: text/html\n\n<b>HTML</b>\n--in\n"
    .. "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=\n=DFe\n"
    .. "--in--\n--=_o\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nAAAA\n--=_o--\n"

  it("prefers plain text, and names what is attached", parsed(ALTERNATIVE:gsub("\n", "\r\n"), function(m)
    assert.equal("Grüße", m.text)
    assert.same({ "a.pdf" }, m.attached)
  end))

  it("reads HTML as people do", parsed("Content-Type: text/html; charset=utf-8\n\n"
    .. "<html><head><title>no</title><style>p { no }</style></head><!-- <p>no</p> --><body><h1>Dear&nbsp;Ann</h1>"
    .. "<p>a &lt; b &#8364;&#x41;&none;<br>next</p><script>no</script><div>e<b>n</b>d</div></body>", function(m)
      assert.equal("Dear Ann\na < b €A&none;\nnext\nend\n", m.text)
    end))

  it("reads HTML where plain text is empty, also in base64", parsed(
    "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\n"
    .. "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+SGk8\nL3A+\n--b--\n",
    function(m) assert.equal("Hi\n", m.text) end))

  it("takes what is broken", function()
    local deep = "x"
    for i = 1, 20 do deep = ("Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s"):format(i, i, deep) end
    for _, raw in ipairs {
      "", "\n", "\n\n", "Subject", "\0\xff\n\n\0", "Content-Type: multipart/mixed\n\nx", deep,
      "Content-Type: multipart/mixed; boundary=b\n\n--b",
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--b--",
      "Content-Transfer-Encoding: base64\n\n!!!=A", "Content-Type: text/html\n\n" .. ("<"):rep(40000),
      "Content-Type: text/html\n\n" .. ("<!--"):rep(10000), "Content-Type: text/html\n\n&#99999999999;&#xzz;&#1.5;",
      "Content-Type: text/plain; charset=../../x\n\n\xff", "Subject: " .. ("=?utf-8?B?"):rep(2000) .. "\n\n",
    } do
      parsed(raw, function(m) assert.equal("(nobody)", m.from) end)()
    end
  end)
end)
