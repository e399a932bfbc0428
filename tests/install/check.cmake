# Installs BUILD into a fresh prefix below WORK, builds the consumer against it and runs both
# programs: cmake -DBUILD=build/cpu -DWORK=/tmp/x -DMODEL=data/leafnet.onnx -P check.cmake
set(prefix ${WORK}/prefix)
file(REMOVE_RECURSE ${WORK})

# run(WANTED COMMAND...): the output must contain WANTED, the exit code must be 0.
function(run wanted)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(NOT code EQUAL 0 OR NOT text MATCHES "${wanted}")
    message(FATAL_ERROR "${ARGN}: exit code ${code}, wanted \"${wanted}\" in\n${text}")
  endif()
endfunction()

run("bin/rfmap" ${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
run("${VERSION}" ${prefix}/bin/rfmap --version)
run("done" ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${WORK}/build -G Ninja
    -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_FLAGS=${FLAGS})
run("" ${CMAKE_COMMAND} --build ${WORK}/build)
run("rfmap ${VERSION}.*pool3 67.*scan: 4 images.*average: 4 units.*conv1: [1-4] units measured"
    ${WORK}/build/consumer ${MODEL} ${WORK}/run)
file(REMOVE_RECURSE ${WORK})
