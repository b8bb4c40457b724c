--- What there is help on: the commands, and more.
return { "agents", "ask", "chat", "check", "config", "environment", "errors", "events", "fake", "help", "init", "job",
  "models", "options", "runs", "scripts", "security", "sessions", "test", "tools", "trust", "workflows" }
