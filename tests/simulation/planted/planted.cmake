# Mistakes, each planted in a copy of one file of the flow, which takes the original's place in one more `simulate`.
# NAME.mistake: what it is, the file, the invariants that it may break (a|b), and the text that is replaced by another.
foreach(mistake IN LISTS mistakes)
  cmake_path(GET mistake STEM name)
  file(STRINGS ${mistake} head LIMIT_COUNT 3)
  list(GET head 1 source)
  list(GET head 2 breaks)
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/planted/${name}.cpp)
  set(plant ${CMAKE_CURRENT_LIST_DIR}/plant.cmake)
  add_custom_command(OUTPUT ${copy} DEPENDS ${mistake} ${PROJECT_SOURCE_DIR}/${source} ${plant}
    COMMAND ${CMAKE_COMMAND} -Dmistake=${mistake} -Dsource=${PROJECT_SOURCE_DIR}/${source} -Dcopy=${copy} -P ${plant})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${mistake})
  add_executable(planted-${name} ${copy})
  target_link_libraries(planted-${name} PRIVATE sluice_simulate sluice_flags)
  target_precompile_headers(planted-${name} REUSE_FROM sluice_base)
  add_test(NAME simulation/planted-${name} COMMAND ${CMAKE_COMMAND} -Dprogram=$<TARGET_FILE:planted-${name}>
    -Dproblem=${copy}.problem -Dbreaks=${breaks} -P ${CMAKE_CURRENT_LIST_DIR}/find.cmake)
  set_tests_properties(simulation/planted-${name} PROPERTIES LABELS simulation TIMEOUT 300)
endforeach()
