"""Mote for Python. `python3 -m mote run FILE` runs a MicroPython script; see docs/PYTHON.md."""
