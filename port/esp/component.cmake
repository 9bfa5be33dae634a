# Mote as a component of ESP-IDF and of ESP8266_RTOS_SDK: the repository's folder is the component's. It is read twice: first by a script
# that wants to know what it requires, in which nothing behind idf_component_register() is reached.

get_filename_component(mote_root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
file(GLOB_RECURSE mote_sources ${mote_root}/src/*.c)
file(GLOB mote_port_sources ${mote_root}/port/*.c ${mote_root}/port/blocking/*.c ${mote_root}/port/chip/*.c
    ${mote_root}/port/esp/*.c)

idf_build_get_property(mote_target IDF_TARGET)
idf_build_get_property(mote_idf_path IDF_PATH)
set(mote_requires freertos nvs_flash lwip mbedtls esp-tls vfs pthread app_update spi_flash log esp_event)
if(mote_target STREQUAL "esp8266")
    list(APPEND mote_requires esp8266 tcpip_adapter)
else()
    list(APPEND mote_requires esp_wifi esp_netif esp_timer)
    # Components that later versions have cut out of others.
    foreach(part esp_driver_gpio esp_partition)
        if(EXISTS ${mote_idf_path}/components/${part})
            list(APPEND mote_requires ${part})
        endif()
    endforeach()
    if(NOT EXISTS ${mote_idf_path}/components/esp_driver_gpio)
        list(APPEND mote_requires driver)
    endif()
endif()

idf_component_register(
    SRCS ${mote_sources} ${mote_port_sources}
    INCLUDE_DIRS ${mote_root}/include ${mote_root}/port/esp/include
    PRIV_INCLUDE_DIRS ${mote_root} ${mote_root}/src
    REQUIRES ${mote_requires})

target_compile_definitions(${COMPONENT_LIB} PUBLIC
    MOTE_RECEIVE_SIZE=${CONFIG_MOTE_RECEIVE_SIZE} MOTE_SEND_SIZE=${CONFIG_MOTE_SEND_SIZE}
    MOTE_STORE_SIZE=${CONFIG_MOTE_STORE_SIZE} MOTE_INFLIGHT_MAX=${CONFIG_MOTE_INFLIGHT_MAX}
    MOTE_POSTS_MAX=8 MOTE_POST_SIZE=32)
target_compile_definitions(${COMPONENT_LIB} PRIVATE
    MOTE_WORDS_SIZE=112 MOTE_ESP_LINKS=${CONFIG_MOTE_ESP_LINKS} MOTE_INPUTS_MAX=${CONFIG_MOTE_INPUTS_MAX})
foreach(part MOTE_WITHOUT_MQTT5 MOTE_WITHOUT_WORDS)
    if(CONFIG_${part})
        target_compile_definitions(${COMPONENT_LIB} PUBLIC ${part})
    endif()
endforeach()

# The program's main() lies in another library, which a linker has looked through before this one asks for it.
if(CONFIG_MOTE_APP_MAIN)
    target_link_libraries(${COMPONENT_LIB} INTERFACE "-u main")
endif()

# The setup page, as the core carries it.
set(mote_page ${mote_root}/web/setup)
set(mote_page_files page.html form.html row.html failed.html trying.html confirmed.html dropped.html not_kept.html closed.html
    setup.css setup.js)
set(mote_page_paths "")
foreach(file ${mote_page_files})
    list(APPEND mote_page_paths ${mote_page}/${file})
endforeach()
set(mote_page_source ${CMAKE_CURRENT_BINARY_DIR}/setup_files.c)
add_custom_command(
    OUTPUT ${mote_page_source}
    COMMAND ${CMAKE_COMMAND} -DROOT=${mote_page} "-DFILES=${mote_page_files}" -DOUTPUT=${mote_page_source}
        -P ${mote_root}/cmake/embed_setup.cmake
    DEPENDS ${mote_page_paths} ${mote_root}/cmake/embed_setup.cmake VERBATIM)
target_sources(${COMPONENT_LIB} PRIVATE ${mote_page_source})
