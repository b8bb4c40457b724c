local folder = require "spec.support.folder"
local prompt = require "lash.prompt"

local PNG = "\x89PNG\r\n\x1A\nrest"

describe("a prompt", function()
  local dir
  before_each(function() dir = folder.new() end)
  after_each(function() dir:close() end)

  it("is one text for strings and files", function()
    local path = dir:write("notes.txt", "a\nb")
    assert.equal("hi", prompt.content "hi")
    assert.equal("`````\na\n````\n`````", require("lash.prompt").fenced "a\n````\n")
    assert.equal(("look\n\nFile %s:\n```\na\nb\n```"):format(path), prompt.content { "look", { file = path } })
  end)

  it("puts its text before its images", function()
    local path = dir:write("cat.png", PNG)
    assert.same({
      { type = "text", text = "what\n\nis it?" },
      { type = "image_url", image_url = { url = "data:image/png;base64,iVBORw0KGgpyZXN0" } },
      { type = "image_url", image_url = { url = "https://example.com/a.jpg" } },
    }, prompt.content { "what", { image = path }, "is it?", { image = "https://example.com/a.jpg" } })
    assert.equal(1, #prompt.content { image = path })
  end)

  it("says what is wrong with a part", function()
    local text = dir:write("a.png", "text")
    local path_of_image = dir:write("cat.png", PNG)
    for _, case in ipairs {
      { { { image = text } }, "input: " .. text .. " is not an image" },
      { { { image = dir.path .. "/none.png" } }, "input: cannot read " .. dir.path .. "/none.png: No such file" },
      { { { file = dir.path .. "/none" } }, "input: cannot read " .. dir.path .. "/none: No such file" },
      { { "a", 5 }, "usage: prompt[2]: expected a string or a table, got number" },
      { { { file = 5 } }, "usage: prompt[1].file: expected a string, got number" },
      { { { fiel = "x" } }, "usage: prompt[1]: unknown key 'fiel'" },
      { { { file = path_of_image } }, "input: " .. path_of_image .. " is not a text in UTF-8" },
      { {}, "usage: the prompt is empty" },
      { "", "usage: the prompt is empty" },
      { true, "usage: a prompt is a string or a list, got boolean" },
    } do
      local ok, err = pcall(prompt.content, case[1])
      assert.is_false(ok)
      assert.equal(case[2], tostring(err):sub(1, #case[2]))
    end
  end)
end)
