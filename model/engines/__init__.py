"""What computes a finished network when it predicts: torch in fp32, or something faster that proved to agree with it.

engine.py        what an engine is
table.py         all of them, the fastest first
openvino.py      int8 and bf16 by OpenVINO
quantization.py  8-bit integers in place of an OpenVINO graph's floats
rows.py          of one image, fully connected layers that skip the inputs that are zero
half.py          bf16 by torch
compiled.py      one image's pass, compiled
cost.py          what an image costs
"""
