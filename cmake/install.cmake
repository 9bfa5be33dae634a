include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(DIRECTORY include/mote DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

if(MOTE_CORE_ONLY)
    install(TARGETS mote-static)
    return()
endif()

install(TARGETS mote-shared mote-static EXPORT MoteTargets)
if(TARGET mote-cli)
    install(TARGETS mote-cli)
endif()

# Both packages find their files from where they themselves lie: `cmake --install --prefix` may choose the place.
set(pkgconfig_directory ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pkgconfig /prefix/${pkgconfig_directory} /prefix)
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig "${prefix_from_pkgconfig}")
configure_file(packaging/mote.pc.in mote.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mote.pc DESTINATION ${pkgconfig_directory})

set(package_directory ${CMAKE_INSTALL_LIBDIR}/cmake/Mote)
configure_package_config_file(packaging/MoteConfig.cmake.in MoteConfig.cmake INSTALL_DESTINATION ${package_directory})
write_basic_package_version_file(MoteConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/MoteConfig.cmake ${PROJECT_BINARY_DIR}/MoteConfigVersion.cmake
    DESTINATION ${package_directory})
install(EXPORT MoteTargets NAMESPACE Mote:: DESTINATION ${package_directory})
