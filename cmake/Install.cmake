# bin/lash, the man page, the example scripts and the stubs for editors.
install(TARGETS lash RUNTIME)
install(DIRECTORY lua/_meta/ DESTINATION ${CMAKE_INSTALL_DATADIR}/lash/meta)
install(DIRECTORY scripts/ DESTINATION ${CMAKE_INSTALL_DATADIR}/lash/scripts
  FILES_MATCHING PATTERN "*.lua" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
  GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

find_program(SCDOC scdoc)
if(SCDOC AND EXISTS "${PROJECT_SOURCE_DIR}/docs/lash.1.scd")
  set(manual "${PROJECT_BINARY_DIR}/lash.1")
  add_custom_command(OUTPUT "${manual}"
    COMMAND sh -c "'${SCDOC}' < '${PROJECT_SOURCE_DIR}/docs/lash.1.scd' > '${manual}'"
    DEPENDS docs/lash.1.scd
    VERBATIM)
  add_custom_target(manual ALL DEPENDS "${manual}")
  install(FILES "${manual}" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
endif()
