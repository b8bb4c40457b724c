# cpack -G DEB: a package for Debian 12, from a build with the preset `release`.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lash)
set(CPACK_PACKAGE_VENDOR "lash developers")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${lash_maintainer}")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "agents, tools and automations in Lua")
set(CPACK_PACKAGE_DESCRIPTION
"lash is the Lua agent shell: it runs Lua scripts in which models call Lua
functions, from a prompt, a pipe or cron. It speaks to Alibaba Cloud's
DashScope (Qwen), and to other servers with an OpenAI-compatible interface.
.
Budgets, deadlines, workflows that survive a crash, commands without a shell
and in a sandbox, and tests without a network come with it.")

# Linked libraries are found by dpkg-shlibdeps. These are opened at run time, see
# lash_dl_open in src/, so they are listed here: what every question needs, and what
# single features do.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "libcurl4 (>= 7.87) | libcurl3-gnutls (>= 7.87), libsqlite3-0 (>= 3.37), libmd4c0, libutf8proc2, libedit2")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
  "ca-certificates, libgumbo1, libmicrohttpd12 (>= 0.9.70), ripgrep")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "lua-busted")
include(CPack)
