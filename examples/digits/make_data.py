#!/usr/bin/env python3
"""Makes the .npy files of this folder from digits.csv.gz.

    pip download --no-deps scikit-learn
    unzip -j scikit_learn-*.whl sklearn/datasets/data/digits.csv.gz
    ./make_data.py digits.csv.gz

The table has 1797 rows of 64 pixels (0 to 16) and a label. Image i is held out
where i % 5 == 3 and is a training image elsewhere. Pixels are shifted and
scaled to -2 .. 2, which f32 holds exactly; labels become rows of the unit matrix.
"""

import argparse
import pathlib

import numpy as np

HELD_OUT_FOLD = 3
HIDDEN = 64
SEED = 0


def load_table(path):
    """Images [1797, 64] and one-hot targets [1797, 10], both f32."""
    table = np.loadtxt(path, delimiter=",", dtype=np.float32)
    if table.shape != (1797, 65):
        raise SystemExit(f"{path}: expected 1797 rows of 65 numbers, found {table.shape}")
    images = (table[:, :64] - 8) / 4
    return images, np.eye(10, dtype=np.float32)[table[:, 64].astype(int)]


def initial_weights(seed=SEED):
    """Normal weights and zero biases, drawn once: nothing was chosen by seed."""
    random = np.random.default_rng(seed)
    w1 = random.standard_normal((64, HIDDEN)) / 8
    w2 = random.standard_normal((HIDDEN, 10)) * (0.3 / 8)
    return [a.astype(np.float32) for a in (w1, np.zeros(HIDDEN), w2, np.zeros(10))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="digits.csv.gz of scikit-learn")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()

    images, targets = load_table(arguments.table)
    held_out = np.arange(len(images)) % 5 == HELD_OUT_FOLD
    arrays = {
        "train_images": images[~held_out],
        "train_targets": targets[~held_out],
        "held_out_images": images[held_out],
        "held_out_targets": targets[held_out],
    }
    arrays.update(zip(("w1", "b1", "w2", "b2"), initial_weights()))
    for name, array in arrays.items():
        np.save(arguments.output / f"{name}.npy", array)
        print(f"{name}.npy: {array.dtype} {list(array.shape)}")


if __name__ == "__main__":
    main()
