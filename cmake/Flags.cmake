# lash_flags: compiler flags for our own code; an INTERFACE target, so nothing
# is global and no library's header is judged by them.
add_library(lash_flags INTERFACE)
target_compile_definitions(lash_flags INTERFACE _GNU_SOURCE)
target_compile_options(lash_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
  -Wold-style-definition -Wwrite-strings -Wundef -Wformat=2 -Wvla)

if(LASH_SANITIZE)
  target_compile_options(lash_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(lash_flags INTERFACE -fsanitize=address,undefined)
  # Sanitized builds tear everything down at the end, so that leaks show.
  target_compile_definitions(lash_flags INTERFACE LASH_FULL_CLOSE)
endif()

if(LASH_FUZZ)
  # What the fuzzer learns from: which branches were taken, what was compared.
  target_compile_options(lash_flags INTERFACE -O1 -fsanitize=fuzzer-no-link
    -Wno-missing-field-initializers -Wno-sign-conversion) # gcc is the judge of style
endif()

if(LASH_HARDEN)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
  target_compile_options(lash_flags INTERFACE
    -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
    -fno-asynchronous-unwind-tables) # nobody unwinds C here
  target_link_options(lash_flags INTERFACE -pie -Wl,-z,relro,-z,now -Wl,--gc-sections -Wl,--as-needed
    LINKER:--no-eh-frame-hdr) # 12 KB that only unwinding needs
  # Addresses that change with the place of the program: 2 KB instead of 55.
  include(CheckLinkerFlag)
  check_linker_flag(C "LINKER:-z,pack-relative-relocs" LASH_PACKS_RELOCATIONS)
  if(LASH_PACKS_RELOCATIONS)
    target_link_options(lash_flags INTERFACE "LINKER:-z,pack-relative-relocs")
  endif()
endif()

if(LASH_COVERAGE)
  target_compile_options(lash_flags INTERFACE --coverage)
  target_link_options(lash_flags INTERFACE --coverage)
  target_compile_definitions(lash_flags INTERFACE LASH_FULL_CLOSE)
endif()
