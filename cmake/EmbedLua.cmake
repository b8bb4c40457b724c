# lash_embed_lua(TARGET ROOT FILE...)
#   Adds Lua files to TARGET as the array lash_embeds (src/embed.h), compiled
#   to bytecode with debug information by a small host program that is linked
#   with the same Lua. ROOT/lash/sched.lua becomes module lash.sched,
#   ROOT/lash/init.lua becomes lash.
add_executable(lash_embed "${CMAKE_CURRENT_LIST_DIR}/embed.c")
target_link_libraries(lash_embed PRIVATE lash_lua ${CMAKE_DL_LIBS})

function(lash_embed_lua target root)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embed_data.c")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND lash_embed "${out}" "${root}" ${ARGN}
    DEPENDS ${ARGN} lash_embed
    COMMENT "Embedding Lua modules"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
