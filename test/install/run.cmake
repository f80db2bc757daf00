# Installs BUILD, then configures, builds and runs the consumer in SOURCE with
# the same compiler. Called with -DBUILD= -DSOURCE= -DWORK= -DCOMPILER_ARGS=.
set(prefix "${WORK}/prefix")

function(step)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status
    OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(status)
    message(FATAL_ERROR "${ARGV} failed:\n${output}")
  endif()
  message(STATUS "${output}")
endfunction()

file(REMOVE_RECURSE "${WORK}")
step("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${prefix}")
step("${CMAKE_COMMAND}" -S "${SOURCE}" -B "${WORK}/build" -G Ninja
  "-DCMAKE_PREFIX_PATH=${prefix}" ${COMPILER_ARGS})
step("${CMAKE_COMMAND}" --build "${WORK}/build")
step("${WORK}/build/consumer")
