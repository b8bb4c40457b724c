return [=[
variables that lash reads:

  DASHSCOPE_API_KEY    the key
  DASHSCOPE_API_BASE   the endpoint; by default the international one
  LASH_CONFIG          a config.json, where no --config says another
  LASH_PATH            where scripts find modules, before the system's folders
  LASH_NETWORK         off: nothing is connected to; or the only places that
                       may be: HOST:PORT,HOST:PORT
  LASH_RECORD          a file that every exchange with the service is appended
                       to, without secrets; `lash help test`
  NO_COLOR             no colours
  SSL_CERT_FILE        certificates to trust
  http_proxy, https_proxy, all_proxy, no_proxy
                       as for curl
  XDG_CONFIG_HOME      ~/.config: where lash/config.json is
  XDG_STATE_HOME       ~/.local/state: where lash/ keeps runs and conversations

Others are for config.json, where "$NAME" is one, and for scripts: lash.env.
Those two also know the variables of .env.local, `lash help config`.]=]
