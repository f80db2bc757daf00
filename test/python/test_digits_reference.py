"""The data of the digits example, and its reference in NumPy."""

import os
import pathlib
import sys

import numpy as np
import pytest

FOLDER = pathlib.Path(os.environ["TENSORNET_SOURCE_DIR"]) / "examples" / "digits"
sys.path.insert(0, str(FOLDER))

import make_data  # noqa: E402
import reference  # noqa: E402


def test_data_is_what_the_program_takes():
    shapes = {
        "train_images": (1438, 64), "train_targets": (1438, 10),
        "held_out_images": (359, 64), "held_out_targets": (359, 10),
        "w1": (64, 64), "b1": (64,), "w2": (64, 10), "b2": (10,),
    }
    for name, shape in shapes.items():
        array = np.load(FOLDER / f"{name}.npy")
        assert (array.shape, array.dtype) == (shape, np.float32), name


def test_pixels_and_targets():
    images, targets, _ = reference.load()
    assert set(np.unique(images * 4 + 8)) == set(range(17))
    assert (targets.sum(axis=1) == 1).all()
    assert targets.sum(axis=0).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_initial_weights_come_from_the_seed():
    for name, weights in zip(("w1", "b1", "w2", "b2"), make_data.initial_weights()):
        np.testing.assert_array_equal(np.load(FOLDER / f"{name}.npy"), weights)


@pytest.mark.parametrize("argument", range(4))
def test_gradient_is_the_slope_of_the_loss(argument):
    random = np.random.default_rng(7)
    images, targets, fold = reference.load()
    weights = [w + 0.1 * random.standard_normal(w.shape).astype(np.float32)
               for w in make_data.initial_weights()]
    trainer = reference.Trainer(images[fold != 3], targets[fold != 3], weights)
    trainer.value_and_grad(*weights)
    # Along the gradient the slope is its length, which f32 differences resolve.
    gradient = trainer.grads[argument].copy()
    length = np.linalg.norm(gradient)
    losses = []
    for sign in (1, -1):
        moved = list(weights)
        moved[argument] = weights[argument] + np.float32(sign * 0.01 / length) * gradient
        losses.append(float(trainer.value_and_grad(*moved)))
    assert (losses[0] - losses[1]) / 0.02 == pytest.approx(length, rel=1e-2)


def test_held_out_accuracy():
    images, targets, fold = reference.load()
    accuracy, loss, _ = reference.run(
        images, targets, fold != 3, fold == 3, make_data.initial_weights())
    assert accuracy >= 0.97
    assert loss < 1
