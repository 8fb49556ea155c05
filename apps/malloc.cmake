# The malloc that a program and all its libraries use: librdkafka reads up to twice as fast with another than libc's.
# Only our binaries choose one; the libraries leave it to the program that links them.
set(SLUICE_MALLOC "mimalloc" CACHE STRING "The malloc of the binaries: mimalloc, tcmalloc, jemalloc or system")
set_property(CACHE SLUICE_MALLOC PROPERTY STRINGS mimalloc tcmalloc jemalloc system)
if(NOT SLUICE_MALLOC MATCHES "^(mimalloc|tcmalloc|jemalloc|system)$")
  message(FATAL_ERROR "SLUICE_MALLOC is mimalloc, tcmalloc, jemalloc or system, not '${SLUICE_MALLOC}'")
endif()

set(sluice_malloc_names_mimalloc mimalloc)
set(sluice_malloc_names_tcmalloc tcmalloc_minimal tcmalloc)
set(sluice_malloc_names_jemalloc jemalloc)
set(sluice_malloc_package_mimalloc libmimalloc-dev)
set(sluice_malloc_package_tcmalloc libgoogle-perftools-dev)
set(sluice_malloc_package_jemalloc libjemalloc-dev)

function(sluice_use_malloc target)
  if(SLUICE_MALLOC STREQUAL "system" OR SLUICE_SANITIZE)  # sanitizers bring their own
    return()
  endif()
  find_library(SLUICE_LIB_${SLUICE_MALLOC} NAMES ${sluice_malloc_names_${SLUICE_MALLOC}})
  set(library ${SLUICE_LIB_${SLUICE_MALLOC}})
  if(NOT library)
    message(FATAL_ERROR "${SLUICE_MALLOC}, which SLUICE_MALLOC asks for, is not installed: install it (apt-get install "
      "${sluice_malloc_package_${SLUICE_MALLOC}}), or configure with -DSLUICE_MALLOC=system")
  endif()
  # Nothing needs it by name, so the linker is told to keep it: all of an archive, or the dependency.
  if(library MATCHES "\\.a$")
    target_link_libraries(${target} PRIVATE -Wl,--push-state,--whole-archive ${library} -Wl,--pop-state)
  else()
    target_link_libraries(${target} PRIVATE -Wl,--push-state,--no-as-needed ${library} -Wl,--pop-state)
  endif()
endfunction()
