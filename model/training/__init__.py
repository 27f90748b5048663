"""The training loop, and what a spec says of it put to work with torch; who does it has the name that it has in
`model/spec/`.

train.py         the loop: a `Trainer`, to be iterated
sampling.py      which images make up a batch
feed.py          batches brought to the device
augmentation.py  random changes to images
mixing.py        blends of two images
transforms.py    torchvision's, for both of these
initial.py       weights of another network to begin with
loss.py          what a step lowers
optimizer.py     how it does that
schedule.py      the learning rate, a function of the step; no torch
averaging.py     the running mean of the weights
launched.py      batches whose numbers a GPU may still be computing
best.py          the lowest validation loss so far
metrics.py       what training says, and the series of it as bytes; no torch
"""
