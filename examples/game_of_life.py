"""Conway's game of life: one generation in NumPy, compiled."""

import numpy as np

import tessel


@tessel.compile
def generation(cells: np.ndarray) -> np.ndarray:
    """The next cells: bool [H, W], where opposite edges touch."""
    alive = cells.astype(np.int32)
    rows = np.roll(alive, 1, axis=0) + alive + np.roll(alive, -1, axis=0)
    around = np.roll(rows, 1, axis=1) + rows + np.roll(rows, -1, axis=1)
    # `around` counts the cell itself: 3 is birth or survival, 4 survival with three neighbours.
    return (around == 3) | ((around == 4) & cells)


def main() -> np.ndarray:
    """Lets a glider fly across a torus for 32 generations, and returns the cells."""
    cells = np.zeros((8, 16), np.bool_)
    cells[[0, 1, 2, 2, 2], [1, 2, 0, 1, 2]] = True
    for _ in range(32):
        cells = generation(cells)
    print("\n".join("".join(".#"[cell] for cell in row) for row in cells.astype(int)))
    return cells


if __name__ == "__main__":
    main()
