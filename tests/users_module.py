"""A module of a user's, whose functions are found through it."""

import numpy as np

TABLE = np.arange(20.0).reshape(5, 4)


def running_sums(x):
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[: k + 1].sum()
    return y


def row(i):
    return TABLE[i]


class Buffer:
    def __init__(self, size):
        self.values = np.arange(size) * 1.0

    def fill(self, x):
        self.values[0] = x[0]
        return self.values + np.linspace(0, 1, 3)

    def __call__(self, x):
        y = np.eye(3)
        y[0] = x
        return y
