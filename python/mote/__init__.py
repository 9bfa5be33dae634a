"""Mote for Python: mote.asyncio has nodes for asyncio programs (docs/PYTHON-ASYNCIO.md); `python3 -m mote run FILE` runs a
MicroPython script (docs/PYTHON.md)."""
