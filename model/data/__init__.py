"""The images that a network learns from, and what is done to them before it sees them.

catalog.py    which data sets there are, and where their files are looked for; no torch
datasets.py   a data set brought into memory, or mapped
dataset.py    what it is then: images and labels, the order of batches, what is done to pixels
packed.py     a prepared data set on disk; no torch
rows.py       images of one, gathered from its file batch by batch
readahead.py  what the system is told, so that those wanted next are read side by side
images.py     a picture file to pixels, the one decoder for all; no torch
"""
