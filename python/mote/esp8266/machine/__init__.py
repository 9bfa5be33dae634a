"""machine: pins, timers and the board itself, as MicroPython's port for the ESP8266 has them."""

from .adc import ADC
from .board import (DEEPSLEEP, DEEPSLEEP_RESET, HARD_RESET, PWRON_RESET, SOFT_RESET, WDT_RESET, deepsleep, disable_irq, enable_irq,
                    freq, idle, lightsleep, reset, reset_cause, sleep, soft_reset, unique_id)
from .missing import I2C, SPI, UART, SoftI2C, SoftSPI, bitstream, time_pulse_us
from .pins import Pin, Signal
from .pulses import PWM
from .rtc import RTC
from .timers import WDT, Timer
