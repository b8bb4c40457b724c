# Linters as tests.
find_program(LUACHECK luacheck REQUIRED)
find_program(CLANG_FORMAT clang-format REQUIRED)
find_program(CLANG_TIDY clang-tidy REQUIRED)
find_program(SHELLCHECK shellcheck REQUIRED)

file(GLOB_RECURSE c_headers CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/src/*.h" "${PROJECT_SOURCE_DIR}/spec/*.h")
file(GLOB_RECURSE c_files CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/src/*.c" "${PROJECT_SOURCE_DIR}/spec/*.c" "${PROJECT_SOURCE_DIR}/cmake/*.c")
file(GLOB sh_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/spec/*.sh" "${PROJECT_SOURCE_DIR}/spec/bench/*.sh")

add_test(NAME lint.luacheck COMMAND ${LUACHECK} --no-color -q lua spec scripts)
add_test(NAME lint.format COMMAND ${CLANG_FORMAT} --dry-run -Werror ${c_files} ${c_headers})
add_test(NAME lint.shell COMMAND ${SHELLCHECK} -x scripts/packages scripts/try scripts/test .ci/run
  ${sh_files} cmake/completions/lash.bash)
# Headers are checked through the files that include them.
add_test(NAME lint.tidy COMMAND sh -c
  [[build=$1; shift; printf '%s\0' "$@" | xargs -0 -n 4 -P 2 "$0" --quiet -p "$build"]]
  ${CLANG_TIDY} "${PROJECT_BINARY_DIR}" ${c_files})
set_tests_properties(lint.luacheck lint.format lint.shell lint.tidy PROPERTIES
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" LABELS lint)
set_tests_properties(lint.tidy PROPERTIES LABELS "lint;ci" PROCESSORS 2 TIMEOUT 900)
