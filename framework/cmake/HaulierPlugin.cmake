# haulier_add_plugin(NAME SOURCES a.cpp ... [LIBRARIES lib ...])
#
# Builds NAME.so from a plugin folder: hidden visibility, one exported symbol (haulier_plugin), no unresolved symbols,
# and config.schema.json of the folder embedded as `config_schema` in the generated header "config_schema.hpp".
function(haulier_add_plugin NAME)
  cmake_parse_arguments(P "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  haulier_embed_text(${CMAKE_CURRENT_SOURCE_DIR}/config.schema.json ${generated}/config_schema.hpp config_schema)
  add_library(plugin_${NAME} MODULE ${P_SOURCES} ${generated}/config_schema.hpp)
  target_include_directories(plugin_${NAME} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${generated})
  target_link_libraries(plugin_${NAME} PRIVATE haulier::sdk ${P_LIBRARIES})
  target_link_options(plugin_${NAME} PRIVATE -Wl,--exclude-libs,ALL $<$<STREQUAL:${HAULIER_SANITIZE},>:-Wl,-z,defs>)
  set_target_properties(plugin_${NAME} PROPERTIES PREFIX "" OUTPUT_NAME ${NAME}
                        LIBRARY_OUTPUT_DIRECTORY ${HAULIER_PLUGIN_DIR})
  install(TARGETS plugin_${NAME} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/haulier/plugins)
  set_property(GLOBAL APPEND PROPERTY HAULIER_PLUGINS plugin_${NAME})
endfunction()

# haulier_embed_text(FILE HEADER NAME): a C++ header with the text of FILE as `inline constexpr char NAME[]`.
function(haulier_embed_text FILE HEADER NAME)
  # One spelling of the path: two folders may embed the same file, and ninja refuses it under two names.
  get_filename_component(FILE ${FILE} ABSOLUTE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${FILE})
  file(READ ${FILE} text)
  # A string literal has a length limit of 64 KiB in the standard; pieces are joined by the compiler.
  string(LENGTH "${text}" length)
  set(body "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 8000 piece)
    string(APPEND body "\n    R\"hlr_text(${piece})hlr_text\"")
    math(EXPR at "${at} + 8000")
  endwhile()
  if(body STREQUAL "")
    set(body " \"\"")
  endif()
  file(CONFIGURE OUTPUT ${HEADER} @ONLY CONTENT "// Generated; do not edit.\n#pragma once\n\ninline constexpr char @NAME@[] =@body@;\n")
endfunction()
