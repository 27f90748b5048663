"""How good a network is, and how far it can be trusted.

evaluate.py    loss, accuracy, classes and mistakes on a whole split
calibrated.py  probabilities that mean what they say
familiar.py    how unlike the training images an image is
pictures.py    test images that are kept to be looked at
suspects.py    training images whose labels are likely wrong
"""
