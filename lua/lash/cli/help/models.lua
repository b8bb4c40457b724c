return [=[
lash models          what lash knows of models: context and longest answer in
                     tokens, thinking, tools while streaming, price
lash models NAME     each fact about one, and where it comes from
      --json         a line of JSON each; what is not known is not in it

A model that is not listed is asked all the same. What you know better goes
into config.json, or lash.models.define:

  { "models": { "my-model": { "context": 32768,
                              "price": { "input": 0.4, "output": 1.2 } } } }]=]
