"""VGG-11 at 96x96 the way of the tutorial that Trainshed began with: a TensorFlow 1 graph, tf_slim, a feed a step.

tf_slim's layers need Keras 2, which the variable TF_USE_LEGACY_KERAS=1 asks for.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
import tf_slim as slim

from benchmarks.peers.idx import SIZE, train_split
from benchmarks.peers.row import print_batch

BLOCKS = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))
CLASSES, BATCH_SIZE = 10, 64


def main(root: Path) -> None:
    tf.disable_v2_behavior()
    images = tf.placeholder(tf.float32, [None, SIZE, SIZE, 1])
    labels = tf.placeholder(tf.int64, [None])
    logits = vgg11(tf.image.resize_images(images, [96, 96]))
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), labels), tf.float32))
    update = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for step, (pixels, classes) in enumerate(batches(root), start=1):
            feed = {images: pixels, labels: classes}
            loss_value, correct, _ = session.run([loss, accuracy, update], feed)
            print_batch(step, float(loss_value), float(correct))


def vgg11(maps: Any) -> Any:
    """Images (N, 96, 96, 1) to logits (N, 10); slim's layers have ReLU and Xavier weights of their own accord."""
    for number, (convolutions, channels) in enumerate(BLOCKS, start=1):
        maps = slim.repeat(maps, convolutions, slim.conv2d, channels, 3, scope=f"block{number}")
        maps = slim.max_pool2d(maps, 2, scope=f"pool{number}")
    hidden = slim.flatten(maps)
    for _ in range(2):
        hidden = slim.dropout(slim.fully_connected(hidden, 4096), keep_prob=0.5)
    return slim.fully_connected(hidden, CLASSES, activation_fn=None)


def batches(root: Path) -> Iterator[tuple[Any, Any]]:
    """Pixels (64, 28, 28, 1) in [0, 1] and classes (64,), epoch after epoch."""
    images, labels = train_split(root)
    pixels = images[..., None].astype(np.float32) / 255
    random = np.random.default_rng(0)
    while True:
        order = random.permutation(len(images))
        for start in range(0, len(images) - BATCH_SIZE + 1, BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            yield pixels[batch], labels[batch]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
