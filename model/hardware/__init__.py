"""What a network is trained and asked on.

device.py   which device and precision a spec gets, and running out of its memory
machine.py  what a worker's machine is and how fast it trains; no torch
grid.py     a table of measurements, asked between its points; no torch
"""
