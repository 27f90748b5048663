"""A finished network: what it says of images, by which engine, and in which formats others get it.

predict.py   a model on disk, and its one pass
gradcam.py   where in an image it sees a class
trial.py     a program: which engine it is served by on this machine
tried.py     what a trial left behind; no torch
export.py    a program: a model as a file for others
exported.py  what it is exported to, and where that lies; no torch
formats.py   how each format is written and read
servable.py  the network and all around it, as one module
parity.py    whether an export says what the model says
"""
