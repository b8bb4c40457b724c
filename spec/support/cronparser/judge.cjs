// Reads lines of BASE, COUNT, ZONE and EXPRESSION, between tabs; answers each with a
// line of the times that cron-parser finds after BASE, in seconds, or "error …".
const { createInterface } = require("node:readline");
const { CronExpressionParser } = require("cron-parser");

function answer(line) {
  const [base, count, tz, expression] = line.split("\t");
  try {
    const times = CronExpressionParser.parse(expression, { currentDate: new Date(base * 1000), tz });
    return times.take(Number(count)).map((time) => time.getTime() / 1000).join(" ");
  } catch (error) {
    return "error " + error.message;
  }
}

if (process.argv[2] !== "--help")
  createInterface({ input: process.stdin }).on("line", (line) => console.log(answer(line)));
