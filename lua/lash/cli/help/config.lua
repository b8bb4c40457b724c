return [[
config.json, first found wins: --config, $LASH_CONFIG, beside the script, a
trusted current folder (lash trust), ~/.config/lash/config.json.

  {
    "providers": {
      "dashscope": {
        "api_key": "$DASHSCOPE_API_KEY",
        "api_base": "https://dashscope-intl.aliyuncs.com/compatible-mode/v1"
      },
      "local": { "type": "openai", "api_base": "http://127.0.0.1:11434/v1" }
    },
    "agents": {
      "defaults": { "model": "qwen3-max", "thinking_level": "medium" },
      "reviewer": { "model": "qwen3.5-plus", "temperature": 0.2 }
    }
  }

"$NAME" is a variable of the environment, or of .env.local beside the file.
Without a file: the key in $DASHSCOPE_API_KEY, the address in
$DASHSCOPE_API_BASE or the international one.]]
