"""Compiles random networks and compares them with their results in float64.

python tests/fuzz_networks.py --count 500 --seed 0
"""

import argparse
import sys

import numpy as np
from random_networks import random_network
from tqdm import tqdm


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--layers", type=int, default=12)
    options = parser.parse_args()
    bad = 0
    for number in tqdm(range(options.count), disable=None):
        network = random_network(np.random.default_rng([options.seed, number]), options.layers)
        said = network.difference(keep=1 + number % options.layers)
        if said:
            bad += 1
            print(f"network {number}: {said}", flush=True)
    print(f"{options.count} networks of {options.layers} layers, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
