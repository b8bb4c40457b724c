/* host.h - the Lua state of the program: libraries, modules, protected calls. */
#ifndef LASH_HOST_H
#define LASH_HOST_H

#include <lua.h>
#include <stdbool.h>

struct lash_host_options {
    const char *lua_dir;  /* read our modules from here, not from the program */
    bool foreign_modules; /* keep Lua's own search paths, the current folder too */
};

/* Fills a fresh state: standard libraries, C modules, Lua modules, search
 * paths, interrupts. May raise a Lua error. */
void lash_host_open(lua_State *L, const struct lash_host_options *opt);

/* Has code been loaded that is not lash's own? Then closing the state is a part of running
 * it: finalizers write what is still to be written. */
bool lash_host_has_script(void);

/* lua_pcall with a traceback added to a message that is a string; an error
 * that is a table stays as it is. */
int lash_host_call(lua_State *L, int nargs, int nresults);

#endif
