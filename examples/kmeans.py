"""k-means in NumPy: one step is compiled, the loop around it is Python."""

import numpy as np

import tessel


@tessel.compile
def step(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The centre of each point, and centres moved to the mean of theirs: [N, D], [K, D]."""
    distances = np.sum((points[:, None, :] - centers[None, :, :]) ** 2, axis=-1)
    nearest = np.argmin(distances, axis=1)
    members = (nearest[:, None] == np.arange(len(centers))).astype(points.dtype)
    counts = np.maximum(members.sum(axis=0), 1)
    return nearest, members.T @ points / counts[:, None]


def main() -> np.ndarray:
    """Finds three clouds of points; prints and returns their centres, sorted."""
    random = np.random.default_rng(0)
    clouds = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    points = (clouds[:, None, :] + random.normal(size=(3, 200, 2))).reshape(-1, 2)
    centers = points[[0, 250, 450]]
    for _ in range(10):
        _, centers = step(points, centers)
    centers = centers[np.lexsort(centers.T)]
    print(centers.round(2))
    return centers


if __name__ == "__main__":
    main()
