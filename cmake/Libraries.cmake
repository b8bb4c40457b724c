# What lash stands on.
#
# lash_static   light libraries, linked from their archives where the system
#               has them: each shared library costs a start about 0.2 ms
# lash_headers  heavy libraries that are opened at first use (src/sys/dl.c);
#               only their headers are needed to build
# lash_lua      Lua itself and lua-cjson
find_package(PkgConfig REQUIRED)

# Links TARGET with the archive of pkg-config module PREFIX if there is one,
# else with the shared library.
function(lash_link_archive target prefix archive)
  find_library(${prefix}_ARCHIVE NAMES ${archive} HINTS ${${prefix}_LIBRARY_DIRS})
  target_include_directories(${target} SYSTEM INTERFACE ${${prefix}_INCLUDE_DIRS})
  if(${prefix}_ARCHIVE)
    target_link_libraries(${target} INTERFACE "${${prefix}_ARCHIVE}")
  else()
    target_link_libraries(${target} INTERFACE ${${prefix}_LINK_LIBRARIES})
  endif()
endfunction()

pkg_check_modules(UV REQUIRED libuv>=1.40)
pkg_check_modules(YAJL REQUIRED yajl>=2.1)
pkg_check_modules(MD REQUIRED libmd)
find_package(Threads REQUIRED)
add_library(lash_static INTERFACE)
lash_link_archive(lash_static UV libuv_a.a)
lash_link_archive(lash_static YAJL libyajl_s.a)
lash_link_archive(lash_static MD libmd.a)
target_link_libraries(lash_static INTERFACE Threads::Threads ${CMAKE_DL_LIBS})

pkg_check_modules(CURL REQUIRED libcurl>=7.87)
pkg_check_modules(MICROHTTPD REQUIRED libmicrohttpd>=0.9.70)
pkg_check_modules(SQLITE REQUIRED sqlite3>=3.37)
pkg_check_modules(GUMBO REQUIRED gumbo>=0.10)
pkg_check_modules(MD4C REQUIRED md4c>=0.4.8)
pkg_check_modules(EDIT REQUIRED libedit>=3.1)
pkg_check_modules(UTF8PROC REQUIRED libutf8proc>=2.6)
add_library(lash_headers INTERFACE)
target_include_directories(lash_headers SYSTEM INTERFACE
  ${CURL_INCLUDE_DIRS} ${MICROHTTPD_INCLUDE_DIRS} ${SQLITE_INCLUDE_DIRS} ${GUMBO_INCLUDE_DIRS}
  ${EDIT_INCLUDE_DIRS} ${MD4C_INCLUDE_DIRS} ${UTF8PROC_INCLUDE_DIRS})
# libgumbo hands out structures: only the version whose headers these are will do.
file(REAL_PATH "${GUMBO_LINK_LIBRARIES}" gumbo_library)
string(REGEX MATCH "libgumbo\\.so\\.[0-9]+" gumbo_soname "${gumbo_library}")
if(NOT gumbo_soname)
  message(FATAL_ERROR "cannot tell the soname of libgumbo (${gumbo_library})")
endif()
target_compile_definitions(lash_headers INTERFACE LASH_GUMBO_SONAME="${gumbo_soname}")

# The largest of the libraries that libcurl brings here; src/sys/curl.c opens them first.
# GnuTLS is to find a function of the program's in place of its own, so it looks there.
execute_process(COMMAND ldd "${CURL_LINK_LIBRARIES}" OUTPUT_VARIABLE curl_brings ERROR_QUIET)
set(curl_heavy "")
foreach(name IN ITEMS crypto ssl nettle gnutls ldap)
  if(curl_brings MATCHES "\tlib${name}[-.0-9]*\\.so[.0-9]* ")
    string(STRIP "${CMAKE_MATCH_0}" soname)
    if(name STREQUAL "gnutls")
      set(inward "false")
    else()
      set(inward "true")
    endif()
    string(APPEND curl_heavy "{\"${soname}\", ${inward}}, ")
  endif()
endforeach()
target_compile_definitions(lash_headers INTERFACE "LASH_CURL_HEAVY=${curl_heavy}{NULL, false}")

pkg_check_modules(LUA54 REQUIRED lua5.4)
pkg_check_modules(CJSON REQUIRED lua5.4-cjson)
find_library(LUA54_ARCHIVE NAMES liblua5.4.a)
add_library(lash_lua INTERFACE)
target_include_directories(lash_lua SYSTEM INTERFACE ${LUA54_INCLUDE_DIRS})
lash_link_archive(lash_lua CJSON liblua5.4-cjson.a)
add_library(lash_math STATIC src/sys/math.c)
target_include_directories(lash_math PRIVATE src)
target_link_libraries(lash_math PRIVATE lash_flags PUBLIC ${CMAKE_DL_LIBS})
if(LUA54_ARCHIVE)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    add_library(lash_line STATIC src/line.c)
    target_link_libraries(lash_line PRIVATE lash_flags)
    target_compile_options(lash_line PRIVATE -fno-lto)
    set(lash_line lash_line)
  endif()
  # The whole of it: a C module may need a function that lash itself does not.
  target_link_libraries(lash_lua INTERFACE
    -Wl,--whole-archive ${lash_line} "${LUA54_ARCHIVE}" -Wl,--no-whole-archive lash_math)
  # glibc has a libm of its own. src/sys/math.c stands for it; it is linked only where a
  # Lua needs more of it than that and what libc has, too.
  include(CheckIncludeFile)
  check_include_file(gnu/lib-names.h LASH_HAS_LIBM)
  if(LASH_HAS_LIBM)
    target_compile_definitions(lash_math PRIVATE LASH_LAZY_MATH)
    target_compile_options(lash_math PRIVATE -fno-builtin -fno-lto)
  endif()
  target_link_libraries(lash_lua INTERFACE -Wl,--push-state,--as-needed c m -Wl,--pop-state)
else()
  target_link_libraries(lash_lua INTERFACE ${LUA54_LINK_LIBRARIES} lash_math)
endif()
