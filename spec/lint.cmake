# Linters as tests.
find_program(LUACHECK luacheck)
if(LUACHECK)
  add_test(NAME lint.luacheck COMMAND ${LUACHECK} --no-color -q lua spec scripts
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
endif()
find_program(CLANG_FORMAT clang-format)
if(CLANG_FORMAT)
  file(GLOB_RECURSE c_files CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/src/*.[ch]" "${PROJECT_SOURCE_DIR}/spec/*.[ch]"
    "${PROJECT_SOURCE_DIR}/cmake/*.c")
  add_test(NAME lint.format COMMAND ${CLANG_FORMAT} --dry-run -Werror ${c_files})
endif()
