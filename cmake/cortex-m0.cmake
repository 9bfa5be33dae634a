set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m0)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# A jump table would need libgcc's __gnu_thumb1_case_*.
set(CMAKE_C_FLAGS_INIT "-mcpu=cortex-m0 -mthumb -fno-jump-tables")
