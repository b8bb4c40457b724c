/* lua_curl_url.h - libcurl's own reading of URLs, for an oracle. */
#ifndef LASH_FUZZ_LUA_CURL_URL_H
#define LASH_FUZZ_LUA_CURL_URL_H

#include <lua.h>

int luaopen_curl_url(lua_State *L);

#endif
