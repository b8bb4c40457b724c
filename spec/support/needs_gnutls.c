/* needs_gnutls.c - a C module for Lua that relies on GnuTLS having set itself up when it
 * was opened; spec/curl_libraries_spec.lua. */
#include <gnutls/x509.h>
#include <lauxlib.h>

int luaopen_needs_gnutls(lua_State *L);

/* Without the set-up there are no ASN.1 definitions, so no certificate can be made. */
static int make_certificate(lua_State *L)
{
    gnutls_x509_crt_t certificate;
    int rc = gnutls_x509_crt_init(&certificate);
    if (rc < 0)
        return luaL_error(L, "gnutls: %s", gnutls_strerror(rc));
    gnutls_x509_crt_deinit(certificate);
    lua_pushboolean(L, 1);
    return 1;
}

int luaopen_needs_gnutls(lua_State *L)
{
    lua_pushcfunction(L, make_certificate);
    return 1;
}
