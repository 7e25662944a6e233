# Every ABI header compiles alone, as C11 and as C++11 to C++20, and has the same layout in both languages.
set(abi_include ${PROJECT_SOURCE_DIR}/framework/abi/include)
file(GLOB abi_headers RELATIVE ${abi_include} CONFIGURE_DEPENDS ${abi_include}/haulier/abi/*.h)
foreach(header ${abi_headers})
  string(MAKE_C_IDENTIFIER ${header} name)
  foreach(suffix c cpp)
    set(file ${CMAKE_CURRENT_BINARY_DIR}/abi/${name}.${suffix})
    file(CONFIGURE OUTPUT ${file} CONTENT "#include \"${header}\"\n")
    list(APPEND abi_${suffix} ${file})
  endforeach()
endforeach()
add_library(abi_as_c11 OBJECT ${abi_c})
target_link_libraries(abi_as_c11 PRIVATE haulier::abi)
foreach(standard 11 14 17 20)
  add_library(abi_as_cxx${standard} OBJECT ${abi_cpp})
  set_target_properties(abi_as_cxx${standard} PROPERTIES CXX_STANDARD ${standard})
  target_link_libraries(abi_as_cxx${standard} PRIVATE haulier::abi)
  list(APPEND abi_builds abi_as_cxx${standard})
endforeach()

add_library(abi_layout_as_c OBJECT abi_layout.c)
target_link_libraries(abi_layout_as_c PRIVATE haulier::abi)
haulier_add_test(contract_abi
  SOURCES abi_contract_test.cpp
  LIBRARIES haulier::abi abi_layout_as_c
  LABELS contract
  DEPENDS abi_as_c11 ${abi_builds})
