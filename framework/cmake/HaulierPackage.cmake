# Installs the package files that find_package(haulier) reads.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/haulier)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/haulier-config.cmake.in
                              ${CMAKE_BINARY_DIR}/haulier-config.cmake
                              INSTALL_DESTINATION ${package_dir} PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/haulier-config-version.cmake
                                 VERSION ${PROJECT_VERSION} COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/haulier-config.cmake ${CMAKE_BINARY_DIR}/haulier-config-version.cmake
              ${CMAKE_CURRENT_LIST_DIR}/HaulierPlugin.cmake
        DESTINATION ${package_dir})
