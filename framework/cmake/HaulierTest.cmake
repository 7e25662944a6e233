# haulier_add_test(NAME SOURCES a_test.cpp ... [LIBRARIES lib ...] [LABELS l ...] [DEPENDS target ...])
#
# One Boost.Test program (unity build, shared framework) and one CTest entry named NAME.
function(haulier_add_test NAME)
  cmake_parse_arguments(T "" "" "SOURCES;LIBRARIES;LABELS;DEPENDS" ${ARGN})
  find_package(Boost 1.74 REQUIRED COMPONENTS unit_test_framework)
  add_executable(${NAME} ${PROJECT_SOURCE_DIR}/tests/test_main.cpp ${T_SOURCES})
  target_compile_definitions(${NAME} PRIVATE BOOST_TEST_DYN_LINK HAULIER_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                             HAULIER_PLUGIN_DIR="${HAULIER_PLUGIN_DIR}")
  target_link_libraries(${NAME} PRIVATE ${T_LIBRARIES} Boost::unit_test_framework Threads::Threads)
  set_target_properties(${NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  if(T_DEPENDS)
    add_dependencies(${NAME} ${T_DEPENDS})
  endif()
  add_test(NAME ${NAME} COMMAND ${NAME} --color_output=no --report_level=short)
  set_tests_properties(${NAME} PROPERTIES LABELS "${T_LABELS}" TIMEOUT 600)
  if(HAULIER_SANITIZE STREQUAL "thread")
    # Five to ten times slower; a process that a test ends at a step leaves its threads behind, which is meant.
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 5400 ENVIRONMENT "TSAN_OPTIONS=report_thread_leaks=0")
  endif()
endfunction()
