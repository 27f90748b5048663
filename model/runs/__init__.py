"""A whole run, around the training loop: what it keeps on disk, what it goes on from, how it ends.

run.py         the run: data set, training, checkpoints, report, finished model
folder.py      what it keeps on disk, and what earlier runs left for it
checkpoint.py  a trainer's state on disk
manifest.py    what a checkpoint says of itself; no torch
pace.py        when a checkpoint is due
recovery.py    what is done about an error
lr_range.py    the learning-rate range test
findings.py    what is known of a network at the end
"""
