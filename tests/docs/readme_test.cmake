# The picture in the README is the one that the binary draws.
execute_process(COMMAND ${APPS} topology COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE topology)
file(READ ${README} readme)
string(FIND "${readme}" "```mermaid\n${topology}```" found)
if(found EQUAL -1)
  message(FATAL_ERROR "the README shows another picture than this:\n${topology}")
endif()
