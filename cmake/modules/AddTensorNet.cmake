# The project's own wrappers: one line per library, tool and unit test.

# add_tensornet_library(NAME sources... [WITHOUT_IR] [DEPENDS targets...] [LINK_LIBS libs...])
# A static library that is installed and exported. MLIR comes in as the one
# shared libMLIR; name only our own libraries (or third parties) in LINK_LIBS.
# WITHOUT_IR says that the sources include no dialect.
function(add_tensornet_library name)
  cmake_parse_arguments(ARG "WITHOUT_IR" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  if(TENSORNET_PRECOMPILE_HEADERS AND NOT ARG_WITHOUT_IR)
    target_precompile_headers(${name} REUSE_FROM tensornet-precompiled)
  endif()
  target_include_directories(${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
    $<INSTALL_INTERFACE:include>)
  add_dependencies(${name} mlir-generic-headers tensornet-headers)
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  mlir_target_link_libraries(${name} PUBLIC MLIR)
  target_link_libraries(${name} PUBLIC LLVM ${ARG_LINK_LIBS})
  set_target_properties(${name} PROPERTIES ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
  target_compile_features(${name} PUBLIC cxx_std_17)
  install(TARGETS ${name} EXPORT TensorNetTargets ARCHIVE DESTINATION lib)
  set_property(GLOBAL APPEND PROPERTY TENSORNET_LIBRARIES ${name})
endfunction()

# What every executable of ours has in common.
function(_tensornet_executable name)
  add_executable(${name} ${ARGN})
  if(TENSORNET_SANITIZE)
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/SanitizerOptions.cpp")
  endif()
  set_property(GLOBAL APPEND PROPERTY TENSORNET_TEST_DEPENDS ${name})
endfunction()

# add_tensornet_tool(NAME sources... [LINK_LIBS libs...])
# An executable in build/bin.
function(add_tensornet_tool name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  _tensornet_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} MLIR LLVM)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  install(TARGETS ${name} RUNTIME DESTINATION bin)
endfunction()

# add_tensornet_unittest(NAME sources... [LINK_LIBS libs...])
# A GoogleTest executable whose cases ctest lists one by one.
function(add_tensornet_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK_LIBS" ${ARGN})
  _tensornet_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK_LIBS} GTest::gtest_main MLIR LLVM)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/test/unit")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60)
endfunction()
