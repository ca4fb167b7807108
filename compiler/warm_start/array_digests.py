"""Digests of arrays, by two threads where they are large: a digest costs as much as reading."""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

_BLOCK = 8 << 20
"""Bytes of a block, of which a thread takes the next one."""

_THREADS = 2

_WORTH_THREADS = 4 << 20
"""Bytes from which threads are begun."""

LARGEST_BROADCAST = 1 << 20
"""Bytes of an array that repeats its elements, which a digest would write out."""


def array_digests(arrays: Sequence[np.ndarray]) -> list[bytes]:
    """A digest of the elements of each array, in row-major order."""
    blocks: list[tuple[int, np.ndarray]] = []
    for number, array in enumerate(arrays):
        flat = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        blocks += [(number, flat[at : at + _BLOCK]) for at in range(0, flat.size, _BLOCK)]
    digests = [b""] * len(blocks)
    waiting = iter(range(len(blocks)))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                index = next(waiting, None)
            if index is None:
                return
            digests[index] = hashlib.sha256(blocks[index][1].data).digest()

    large = sum(block.nbytes for _, block in blocks) > _WORTH_THREADS
    threads = [threading.Thread(target=work) for _ in range(_THREADS - 1 if large else 0)]
    for one in threads:
        one.start()
    work()
    for one in threads:
        one.join()
    found = [hashlib.sha256() for _ in arrays]
    for (number, _), digest in zip(blocks, digests):
        found[number].update(digest)
    return [one.digest() for one in found]
