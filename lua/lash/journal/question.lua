--- Questions of a workflow to a person: asked at the terminal, or kept until somebody
-- answers with `lash runs approve`.
local batch = require "lash.journal.batch"
local errors = require "lash.errors"
local runs = require "lash.store.runs"
local value = require "lash.journal.value"

local M = {}

--- The answer. Raises while there is none: the run ends, and goes on when somebody
--- has answered.
---@async
---@param journal lash.Journal
---@param key string
---@param question lash.Question
---@param kind? "waiting"|"unsettled"  of the error while there is no answer
---@return boolean yes
---@return string? reason  why not
function M.ask(journal, key, question, kind)
  local about = { title = question.title, text = question.text, detail = question.kept or question.detail,
    hash = question.hash }
  local past, input, hash = journal:find(key, about, "question")
  if past and past.state == "done" then
    local yes = value.read(journal:result(past)) == true
    return yes, not yes and "the person said no" or nil
  end
  if not past then
    past = journal:begin({ key = key, kind = "question", state = "waiting", input = input, input_hash = hash }, true)
  end
  if journal.frozen then journal.frozen() end -- nobody need decide what is being undone
  local yes, reason, unanswered = require("lash.approve").ask(question)
  if unanswered then
    journal.halted = true
    local text = (question.subject or question.text):match "^[^\n]*"
    if question.always then text = ("%s: %s"):format(question.title, text) end -- a tool's: whose it is says what it is
    local how = #runs.questions(journal.number) > 1 and "several wait: `lash runs show %s` tells how to answer each"
      or "`lash runs approve %s yes`, or no"
    errors.raise(kind or "waiting", text, { hint = how:format(journal.id) .. "; then the same command goes on",
      question = key })
  end
  if not batch.now(function() return runs.answer(past.number, yes) end) then
    errors.raise("usage", "somebody else has answered this question meanwhile")
  end
  past.state = "done"
  return yes, reason
end

--- A request was sent, and its answer is not known: it may have been paid. Asked
--- again at once, or, where the workflow wants it, when a person has agreed.
---@async
---@param journal lash.Journal
---@param e lash.store.Entry
function M.unsettled(journal, e)
  if journal.unsettled ~= "stop" then return end
  local most = e.usd and ("; it may have cost $%.4g"):format(e.usd) or ""
  local yes = M.ask(journal, ("%s/unsettled[%d]"):format(e.key, e.attempt), {
    title = journal.name, text = ("%s was asked, and its answer was lost%s. Ask again?"):format(e.model, most),
    detail = e.key,
  }, "unsettled")
  if not yes then
    journal.halted = true
    errors.raise("unsettled", ("%s is not to be asked again (%s)"):format(e.model, e.key),
      { hint = ("lash runs rm %s forgets the run, to begin anew"):format(journal.id) })
  end
end

return M
