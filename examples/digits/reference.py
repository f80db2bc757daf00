#!/usr/bin/env python3
"""The training of digits.mlir in NumPy: same numbers, gradients by hand.

    ./reference.py                     held-out accuracy
    ./reference.py --folds             also the mean over all five folds
    ./reference.py --cross-validate    the figure that settings were chosen by
"""

import argparse
import pathlib
import time

import numpy as np

from make_data import initial_weights

HERE = pathlib.Path(__file__).parent
STEPS = 400
RATE = np.float32(0.4)
MOMENTUM = np.float32(0.9)
DECAY = np.float32(0.003)
SMOOTHING = np.float32(0.2)


class Trainer:
    """Full-batch training with Nesterov's momentum; all arrays are reused."""

    def __init__(self, images, targets, weights):
        self.x = np.ascontiguousarray(images)
        self.t = np.ascontiguousarray(targets)
        self.now = [w.copy() for w in weights]
        self.previous = [w.copy() for w in weights]
        self.ahead = [np.empty_like(w) for w in weights]
        self.grads = [np.empty_like(w) for w in weights]
        n, hidden = len(images), weights[0].shape[1]
        self.z1 = np.empty((n, hidden), np.float32)
        self.h, self.gh = np.empty_like(self.z1), np.empty_like(self.z1)
        self.z2 = np.empty((n, 10), np.float32)
        self.e, self.smooth = np.empty_like(self.z2), np.empty_like(self.z2)

    def value_and_grad(self, w1, b1, w2, b2):
        """The loss; its gradients go to self.grads."""
        n = np.float32(len(self.x))
        np.matmul(self.x, w1, out=self.z1)
        self.z1 += b1
        np.multiply(self.z1, self.z1, out=self.h)
        self.h *= np.float32(-0.5)
        np.exp(self.h, out=self.h)
        np.matmul(self.h, w2, out=self.z2)
        self.z2 += b2
        self.z2 -= self.z2.max(axis=1, keepdims=True)
        np.exp(self.z2, out=self.e)
        sums = self.e.sum(axis=1, keepdims=True)
        np.multiply(self.t, 1 - SMOOTHING, out=self.smooth)
        self.smooth += SMOOTHING / np.float32(10)
        loss = (np.log(sums).sum() - np.vdot(self.smooth, self.z2)) / n
        loss += DECAY / 2 * (np.vdot(w1, w1) + np.vdot(w2, w2))

        g1, gb1, g2, gb2 = self.grads
        self.e /= sums
        self.e -= self.smooth
        self.e /= n
        np.matmul(self.h.T, self.e, out=g2)
        np.sum(self.e, axis=0, out=gb2)
        np.matmul(self.e, w2.T, out=self.gh)
        self.gh *= self.h
        self.gh *= self.z1
        np.negative(self.gh, out=self.gh)
        np.matmul(self.x.T, self.gh, out=g1)
        np.sum(self.gh, axis=0, out=gb1)
        g1 += DECAY * w1
        g2 += DECAY * w2
        return loss

    def step(self):
        """One training step; returns the loss at the point it looked at."""
        for ahead, now, previous in zip(self.ahead, self.now, self.previous):
            np.subtract(now, previous, out=ahead)
            ahead *= MOMENTUM
            ahead += now
        loss = self.value_and_grad(*self.ahead)
        self.now, self.previous = self.previous, self.now
        for now, ahead, grad in zip(self.now, self.ahead, self.grads):
            grad *= RATE
            np.subtract(ahead, grad, out=now)
        return loss


def accuracy(weights, images, targets):
    """Fraction of images whose largest logit is that of their label."""
    w1, b1, w2, b2 = weights
    z = images @ w1 + b1
    logits = np.exp(z * z * np.float32(-0.5)) @ w2 + b2
    return (logits.argmax(axis=1) == targets.argmax(axis=1)).mean()


def load():
    """All images and targets in the order of the table, and the fold of each."""
    fold = np.arange(1797) % 5
    images = np.empty((1797, 64), np.float32)
    targets = np.empty((1797, 10), np.float32)
    for part, rows in (("train", fold != 3), ("held_out", fold == 3)):
        images[rows] = np.load(HERE / f"{part}_images.npy")
        targets[rows] = np.load(HERE / f"{part}_targets.npy")
    return images, targets, fold


def run(images, targets, train, test, weights):
    """Accuracy on rows `test` after training on rows `train`, loss, steps per second."""
    trainer = Trainer(images[train], targets[train], weights)
    start = time.perf_counter()
    for _ in range(STEPS):
        loss = trainer.step()
    rate = STEPS / (time.perf_counter() - start)
    return accuracy(trainer.now, images[test], targets[test]), loss, rate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--cross-validate", action="store_true")
    arguments = parser.parse_args()
    images, targets, fold = load()

    if arguments.cross_validate:
        scores = [run(images, targets, (fold != 3) & (fold != inner), fold == inner,
                      initial_weights(seed))[0]
                  for inner in (0, 1, 2, 4) for seed in range(1, 5)]
        print(f"inner_accuracy={np.mean(scores):.4f}")
        return
    weights = initial_weights()
    if arguments.folds:
        scores = [run(images, targets, fold != f, fold == f, weights)[0] for f in range(5)]
        print("folds=" + " ".join(f"{s:.4f}" for s in scores))
        print(f"five_fold_mean={np.mean(scores):.4f}")
    held_out, loss, rate = run(images, targets, fold != 3, fold == 3, weights)
    print(f"held_out_accuracy={held_out:.4f} loss={loss:.6f} steps_per_second={rate:.0f}")


if __name__ == "__main__":
    main()
