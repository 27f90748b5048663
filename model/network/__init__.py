"""The network: its layers by arithmetic, and as modules of torch.

layers.py         shapes, parameters and FLOPs, without torch
vgg.py            the network itself
pooling.py        2x2 max-pooling and ReLU as one operation; on a CPU in C, which is `pooling.c`
recomputation.py  memory for time: maps computed again on the way back
frozen.py         which layers keep their weights; no torch
"""
