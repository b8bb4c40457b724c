/* needs_gnutls.c - C modules for Lua that rely on GnuTLS having set itself up when it was
 * opened: needs_gnutls is linked with it, needs_gnutls_later opens it at its first use;
 * spec/curl_libraries_spec.lua. */
#include <dlfcn.h>
#include <gnutls/x509.h>
#include <lauxlib.h>

int luaopen_needs_gnutls(lua_State *L);
int luaopen_needs_gnutls_later(lua_State *L);

/* Without the set-up there are no ASN.1 definitions, so no certificate can be made. */
static int make_certificate(lua_State *L)
{
    int (*init)(gnutls_x509_crt_t *) = NULL;
    void (*deinit)(gnutls_x509_crt_t) = NULL;
#ifdef LATER
    void *lib = dlopen(LATER, RTLD_LAZY);
    if (!lib)
        return luaL_error(L, "%s", dlerror());
    *(void **)&init = dlsym(lib, "gnutls_x509_crt_init");
    *(void **)&deinit = dlsym(lib, "gnutls_x509_crt_deinit");
#else
    init = gnutls_x509_crt_init;
    deinit = gnutls_x509_crt_deinit;
#endif
    gnutls_x509_crt_t certificate;
    int rc = init(&certificate);
    if (rc < 0)
        return luaL_error(L, "GnuTLS: %d", rc);
    deinit(certificate);
    lua_pushboolean(L, 1);
    return 1;
}

int luaopen_needs_gnutls(lua_State *L)
{
    lua_pushcfunction(L, make_certificate);
    return 1;
}

int luaopen_needs_gnutls_later(lua_State *L)
{
    return luaopen_needs_gnutls(L);
}
