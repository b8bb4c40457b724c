# bin/lash, its manual, completions, the papers, the example scripts and the stubs
# for editors. Everything is found relative to bin/lash: any prefix will do.
set(lash_maintainer "lash developers <lash@lash.invalid>")

install(TARGETS lash RUNTIME)
install(DIRECTORY lua/_meta/ DESTINATION ${CMAKE_INSTALL_DATADIR}/lash/meta)
file(GLOB examples CONFIGURE_DEPENDS scripts/*.lua)
install(PROGRAMS ${examples} DESTINATION ${CMAKE_INSTALL_DATADIR}/lash/scripts)
install(DIRECTORY scripts/mail DESTINATION ${CMAKE_INSTALL_DATADIR}/lash/scripts
  FILES_MATCHING PATTERN "*.lua") # their modules

# Each shell has its folder; Debian's zsh has another one for packages.
set(completions "${PROJECT_SOURCE_DIR}/cmake/completions")
install(FILES "${completions}/lash.bash" RENAME lash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES "${completions}/lash.fish"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(CODE "
  set(folder site-functions)
  if(CMAKE_INSTALL_PREFIX STREQUAL \"/usr\")
    set(folder vendor-completions)
  endif()
  file(INSTALL \"${completions}/_lash\"
    DESTINATION \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}/zsh/\${folder}\")")

# What is compressed, as Debian wants it: without a time, so that it stays the same.
find_program(GZIP gzip REQUIRED)
function(lash_compress out command source)
  add_custom_command(OUTPUT "${PROJECT_BINARY_DIR}/${out}"
    COMMAND sh -c "${command} < '${source}' | '${GZIP}' -9n > '${PROJECT_BINARY_DIR}/${out}'"
    DEPENDS "${source}"
    VERBATIM)
  set_property(DIRECTORY APPEND PROPERTY lash_compressed "${PROJECT_BINARY_DIR}/${out}")
endfunction()

find_program(SCDOC scdoc)
foreach(page lash.1 lash-script.7)
  if(SCDOC)
    string(REGEX REPLACE ".*\\." "" section ${page})
    lash_compress(${page}.gz "'${SCDOC}'" "${PROJECT_SOURCE_DIR}/docs/${page}.scd")
    install(FILES "${PROJECT_BINARY_DIR}/${page}.gz"
      DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endif()
endforeach()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # or that of SOURCE_DATE_EPOCH
configure_file(cmake/changelog.in changelog.Debian @ONLY)
lash_compress(changelog.Debian.gz cat "${PROJECT_BINARY_DIR}/changelog.Debian")
lash_compress(changelog.gz cat "${PROJECT_SOURCE_DIR}/CHANGELOG.md")

file(READ LICENSE licence)
string(REGEX MATCH "Copyright[^\n]*" copyright "${licence}")
string(REGEX REPLACE "^.*(Permission is hereby)" "\\1" licence "${licence}")
string(STRIP "${licence}" licence)
string(REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REPLACE "\n" "\n " licence "${licence}")
string(REPLACE "Copyright (c)" "Copyright:" copyright "${copyright}")
configure_file(cmake/copyright.in copyright @ONLY)

file(GLOB papers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/docs/*.md"
  "${PROJECT_SOURCE_DIR}/docs/*.json" "${PROJECT_SOURCE_DIR}/docs/*.svg")
install(FILES ${papers} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES "${PROJECT_BINARY_DIR}/copyright" "${PROJECT_BINARY_DIR}/changelog.gz"
  "${PROJECT_BINARY_DIR}/changelog.Debian.gz" DESTINATION ${CMAKE_INSTALL_DOCDIR})

get_property(compressed DIRECTORY PROPERTY lash_compressed)
add_custom_target(papers ALL DEPENDS ${compressed})

include(cmake/Package.cmake)
