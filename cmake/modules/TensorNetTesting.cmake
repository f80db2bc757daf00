# ctest runs everything: lit per folder, pytest per file, GoogleTest per case.

set(TENSORNET_PYTHON "" CACHE FILEPATH
  "Python with NumPy and pytest for the tests (default: build/venv's, else the first on PATH)")
if(TENSORNET_PYTHON)
  set(TENSORNET_TEST_PYTHON "${TENSORNET_PYTHON}")
elseif(EXISTS "${PROJECT_SOURCE_DIR}/build/venv/bin/python3")
  set(TENSORNET_TEST_PYTHON "${PROJECT_SOURCE_DIR}/build/venv/bin/python3")
else()
  find_program(TENSORNET_PATH_PYTHON python3 REQUIRED NO_CACHE)
  set(TENSORNET_TEST_PYTHON "${TENSORNET_PATH_PYTHON}")
endif()
execute_process(COMMAND "${TENSORNET_TEST_PYTHON}" -c "import numpy, pytest"
  RESULT_VARIABLE missing OUTPUT_QUIET ERROR_QUIET)
if(missing)
  message(WARNING "${TENSORNET_TEST_PYTHON} lacks the packages of scripts/requirements.txt: "
    "numeric tests will fail. Run scripts/setup or set TENSORNET_PYTHON.")
endif()
message(STATUS "Python for tests: ${TENSORNET_TEST_PYTHON}")

find_program(LLVM_EXTERNAL_LIT lit HINTS "${LLVM_TOOLS_BINARY_DIR}" REQUIRED)
cmake_host_system_information(RESULT TENSORNET_CORES QUERY NUMBER_OF_LOGICAL_CORES)

# add_tensornet_lit_tests()
# One ctest test `lit-FOLDER` per folder of the current one that holds lit
# tests. lit itself uses all cores, so ctest runs these one after the other.
function(add_tensornet_lit_tests)
  configure_lit_site_cfg(
    "${CMAKE_CURRENT_SOURCE_DIR}/lit.site.cfg.py.in"
    "${CMAKE_CURRENT_BINARY_DIR}/lit.site.cfg.py"
    MAIN_CONFIG "${CMAKE_CURRENT_SOURCE_DIR}/lit.cfg.py")
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" *.mlir *.test)
  list(FILTER files EXCLUDE REGEX "(^|/)(Inputs|install|python|unit)/")
  list(TRANSFORM files REPLACE "/.*" "" OUTPUT_VARIABLE folders)
  list(REMOVE_DUPLICATES folders)
  foreach(folder IN LISTS folders)
    add_test(NAME lit-${folder}
      COMMAND "${LLVM_EXTERNAL_LIT}" -sv --no-progress-bar -j ${TENSORNET_CORES} "${CMAKE_CURRENT_BINARY_DIR}/${folder}")
    set_tests_properties(lit-${folder} PROPERTIES PROCESSORS ${TENSORNET_CORES} TIMEOUT 900)
  endforeach()
  add_test(NAME lit-lines COMMAND "${TENSORNET_TEST_PYTHON}"
    "${CMAKE_CURRENT_SOURCE_DIR}/check_lit_lines.py" "${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

# add_tensornet_python_tests(FOLDER)
# One ctest test `pytest-NAME` per FOLDER/test_NAME.py. The tests find the tools
# through TENSORNET_BIN_DIR and LLVM_TOOLS_DIR, the sources through TENSORNET_SOURCE_DIR.
function(add_tensornet_python_tests folder)
  file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/test_*.py")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME_WE)
    string(REGEX REPLACE "^test_" "pytest-" name "${name}")
    add_test(NAME ${name}
      COMMAND "${TENSORNET_TEST_PYTHON}" -B -m pytest -q -p no:cacheprovider "${file}")
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 ENVIRONMENT
      "TENSORNET_BIN_DIR=${PROJECT_BINARY_DIR}/bin;TENSORNET_SOURCE_DIR=${PROJECT_SOURCE_DIR};LLVM_TOOLS_DIR=${LLVM_TOOLS_BINARY_DIR};OMP_NUM_THREADS=1;OPENBLAS_NUM_THREADS=1")
  endforeach()
endfunction()
