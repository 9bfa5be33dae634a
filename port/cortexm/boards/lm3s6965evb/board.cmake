# 64 KiB of RAM: lwIP as small as lwipopts.h has it.
