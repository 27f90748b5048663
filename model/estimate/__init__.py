"""What a spec costs, said before it runs. No torch, but for `calibration.py`.

cost.py         the bill
memory.py       bytes at the peak of a training
duration.py     seconds
fitting.py      `batch_size: auto` given its number
agreement.py    whether a spec and its data set go together
calibration.py  a program: how fast this machine trains
"""
