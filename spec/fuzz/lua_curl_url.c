/* lua_curl_url.c - libcurl's own reading of URLs, for an oracle; see lua_curl_url.h. */
#include "lua_curl_url.h"

#include <curl/curl.h>
#include <lauxlib.h>

static void push_part(lua_State *L, CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (curl_url_get(url, part, &text, flags) == CURLUE_OK)
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
    curl_free(text);
}

/* curl_url.read(text, reference?) -> { scheme, host, port, path, query? } | nil:
 * of the URL that a reference in it means, if one is given. */
static int read_url(lua_State *L)
{
    const char *text = luaL_checkstring(L, 1);
    const char *reference = luaL_optstring(L, 2, NULL);
    CURLU *url = curl_url();
    if (!url)
        return luaL_error(L, "out of memory");
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK ||
        (reference && curl_url_set(url, CURLUPART_URL, reference, 0) != CURLUE_OK)) {
        curl_url_cleanup(url);
        return 0;
    }
    const struct {
        const char *name;
        CURLUPart part;
        unsigned flags;
    } parts[] = {
        {"scheme", CURLUPART_SCHEME, 0},
        {"host", CURLUPART_HOST, 0},
        {"port", CURLUPART_PORT, CURLU_DEFAULT_PORT},
        {"path", CURLUPART_PATH, 0},
        {"query", CURLUPART_QUERY, 0},
    };
    lua_newtable(L);
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        push_part(L, url, parts[i].part, parts[i].flags);
        lua_setfield(L, -2, parts[i].name);
    }
    curl_url_cleanup(url);
    return 1;
}

int luaopen_curl_url(lua_State *L)
{
    lua_newtable(L);
    lua_pushcfunction(L, read_url);
    lua_setfield(L, -2, "read");
    return 1;
}
