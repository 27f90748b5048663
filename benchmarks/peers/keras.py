"""VGG-11 at 96x96 in Keras 3 on TensorFlow, mixed_bfloat16: tf.data, `fit`, and a callback for every batch.

The images are resized inside the network, a batch at a time. `fit` compiles the step to a graph of its own accord, and
leaves XLA out on a CPU.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from benchmarks.peers.idx import SIZE, train_split
from benchmarks.peers.row import print_batch

BLOCKS = ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))


def main(root: Path) -> None:
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    network = keras.Sequential(list(vgg11()))
    network.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    each_batch = keras.callbacks.LambdaCallback(
        on_train_batch_begin=lambda batch, logs: (
            network.reset_metrics()
        ),  # else they are means since the start
        on_train_batch_end=lambda batch, logs: print_batch(batch + 1, logs["loss"], logs["accuracy"]),
    )
    network.fit(batches(root), steps_per_epoch=1000, callbacks=[each_batch], verbose=0)


def batches(root: Path) -> Any:
    images, labels = train_split(root)
    dataset = tf.data.Dataset.from_tensor_slices((images[..., None], labels))
    return dataset.shuffle(len(images)).repeat().batch(64).prefetch(tf.data.AUTOTUNE)


def vgg11() -> Iterator[Any]:
    """Images (N, 28, 28, 1) of bytes to logits (N, 10)."""
    yield keras.Input((SIZE, SIZE, 1))
    yield layers.Rescaling(1 / 255)
    yield layers.Resizing(96, 96)
    for convolutions, channels in BLOCKS:
        for _ in range(convolutions):
            yield layers.Conv2D(channels, 3, padding="same", activation="relu")
        yield layers.MaxPooling2D(2)
    yield layers.Flatten()
    for _ in range(2):
        yield layers.Dense(4096, activation="relu")
        yield layers.Dropout(0.5)
    yield layers.Dense(10, dtype="float32")  # as Keras's guide to mixed precision has it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
