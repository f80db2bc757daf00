# What `cmake --install` lays down, so that another project can say
# find_package(TensorNet).
include(CMakePackageConfigHelpers)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/tensornet" "${PROJECT_BINARY_DIR}/include/tensornet"
  DESTINATION include
  FILES_MATCHING PATTERN "*.h" PATTERN "*.inc" PATTERN "*.td")

set(INCLUDE_DIR include)
set(PLUGIN lib/TensorNetPlugin.so)
configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/TensorNetConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/lib/cmake/tensornet/TensorNetConfig.cmake"
  INSTALL_DESTINATION lib/cmake/tensornet
  PATH_VARS INCLUDE_DIR PLUGIN)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/lib/cmake/tensornet/TensorNetConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/lib/cmake/tensornet/TensorNetConfig.cmake"
  "${PROJECT_BINARY_DIR}/lib/cmake/tensornet/TensorNetConfigVersion.cmake"
  DESTINATION lib/cmake/tensornet)
install(EXPORT TensorNetTargets FILE TensorNetTargets.cmake DESTINATION lib/cmake/tensornet)
