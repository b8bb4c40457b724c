# lash_embed_lua(TARGET ROOT FILE...)
#   Adds Lua files to TARGET as the array lash_embeds (src/embed.h), compiled
#   to bytecode with line numbers by a small host program that is linked
#   with the same Lua. ROOT/lash/sched.lua becomes module lash.sched,
#   ROOT/lash/init.lua becomes lash.
add_executable(lash_embed cmake/embed.c cmake/pack.c cmake/trim.c)
target_link_libraries(lash_embed PRIVATE lash_flags lash_core lash_lua)

# What a question with its options loads, so that it is not to be unpacked;
# spec/start_spec.lua looks whether all of it is here.
set(lash_embed_first
  chat chat/reading cli/ask cli/init cli/options config config/places config/provider context errors estimate finish frame
  heap history host journal journal/agent journal/entry journal/spool models money output request run
  run/conversation run/state run/taken sched sched/join sched/stop sched/task scope secrets settings store version xdg)
list(TRANSFORM lash_embed_first PREPEND "${PROJECT_SOURCE_DIR}/lua/lash/")
list(TRANSFORM lash_embed_first APPEND ".lua")

function(lash_embed_lua target root)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embed_data.c")
  set(others ${ARGN})
  list(REMOVE_ITEM others ${lash_embed_first})
  add_custom_command(
    OUTPUT "${out}"
    COMMAND lash_embed "${out}" "${root}" ${lash_embed_first} -- ${others}
    DEPENDS ${lash_embed_first} ${others} lash_embed
    COMMENT "Embedding Lua modules"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
