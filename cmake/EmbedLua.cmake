# lash_embed_lua(TARGET ROOT FILE...)
#   Adds Lua files to TARGET as the array lash_embeds (src/embed.h), compiled
#   to bytecode with line numbers by a small host program that is linked
#   with the same Lua. ROOT/lash/sched.lua becomes module lash.sched,
#   ROOT/lash/init.lua becomes lash.
add_executable(lash_embed cmake/embed.c cmake/pack.c cmake/trim.c)
target_link_libraries(lash_embed PRIVATE lash_flags lash_core lash_lua)

# What nearly every run needs, as long as 64 KB have room for it: these are not packed.
set(lash_embed_first
  errors host context sched sched/task sched/stop sched/join output secrets xdg cli/init
  cli/options cli/activity cli/ask chat config config/places config/provider run run/state
  settings models retry history)
list(TRANSFORM lash_embed_first PREPEND "${PROJECT_SOURCE_DIR}/lua/lash/")
list(TRANSFORM lash_embed_first APPEND ".lua")

function(lash_embed_lua target root)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embed_data.c")
  set(first ${lash_embed_first})
  set(others ${ARGN})
  list(REMOVE_ITEM others ${first})
  add_custom_command(
    OUTPUT "${out}"
    COMMAND lash_embed "${out}" "${root}" ${first} ${others}
    DEPENDS ${first} ${others} lash_embed
    COMMENT "Embedding Lua modules"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
