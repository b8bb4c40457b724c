--- The version of the program.
return require("lash.core.sys").version
