// stream.cjs - the openai SDK as a peer of spec/bench: takes a stream and tells how
// many characters it has.
//
// usage: stream.cjs BASE      (its modules are found by NODE_PATH)
"use strict";
const OpenAI = require("openai");

async function main(base) {
  const client = new OpenAI({ apiKey: "sk-1", baseURL: base });
  const stream = await client.chat.completions.create({
    model: "qwen3-max",
    messages: [{ role: "user", content: "Hi" }],
    stream: true,
    stream_options: { include_usage: true },
  });
  let characters = 0;
  for await (const chunk of stream) characters += (chunk.choices[0]?.delta?.content ?? "").length;
  console.log(characters);
}

if (process.argv[2] !== "--help") main(process.argv[2]);
