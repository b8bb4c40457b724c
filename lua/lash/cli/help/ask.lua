return [[
lash ask [OPTION…] PROMPT… [-]

The words make one prompt. `@FILE` adds a file, a text or an image, also inside
a quoted word, where what names no file is left as it is; `@@x` is @x. `-` adds
all of standard input, which is not touched otherwise.

stdout carries the answer and nothing else: rendered Markdown at a terminal, in
a pipe or a file the text byte for byte.

  lash ask "Why is the sky blue?"
  git diff | lash ask "Review this change:" -
  lash ask -s "Answer in French." Summarise @notes.txt
  lash ask -r "'bug'|'feature'" -o kind.txt @issue.txt
  lash ask -m qwen3.7-plus --image chart.png "What does it show?"
  lash ask -t grep -t read_file "Where are signals handled here?"

  -s, --system TEXT    instructions for the model
  -t, --tool NAME      a built-in tool, several times for several: read_file,
                       list_files, grep, write_file, edit_file, shell, fetch.
                       Reading in the working folder is allowed, all else is
                       asked at the terminal
      --image FILE     a picture (PNG, JPEG, GIF, WebP, BMP), several times for
                       several; for models that see: `lash models NAME` tells
  -o, --output FILE    the answer goes into FILE, when it is whole; a part of
                       one that was cut, or that FILE has no room for, into
                       FILE.part, or to stdout where that has none
  -r, --returns TYPE   the answer as JSON of this type; a text as it is
      --session ID     go on with this conversation, or begin it; `last` is the
                       one used last; `lash sessions` lists them
and all of `lash help options`.]]
