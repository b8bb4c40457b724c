--- What there is help on: the commands, and more.
return { "ask", "chat", "check", "config", "environment", "errors", "fake", "help", "init", "job", "models",
  "options", "runs", "scripts", "sessions", "test", "trust" }
