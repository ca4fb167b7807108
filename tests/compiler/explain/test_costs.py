"""What `explain` tells of kernels: their configuration, operations, bytes, the user's lines."""

import numpy as np

import tessel
from tessel import nn

W = np.ones((96, 128), np.float32)


def _layer(x):
    y = nn.relu(x @ W)
    return nn.softmax(y), np.cumsum(y, axis=0)


def test_templates_and_their_configurations():
    """A kernel of ours has its configuration, one of IREE's is IREE's; packing is left out."""
    compiled = tessel.compile(_layer, target="x86-64-v3")
    lines = compiled.explain(np.ones((64, 96), np.float32)).splitlines()
    product, *others = lines[1:-1]
    assert "packed_matmul + relu" in product
    assert "gemm block_k=96" in product
    assert f"{2 * 64 * 96 * 128 + 64 * 128:,}" in product
    assert "test_costs.py:12" in product
    assert any("rows cached_values=4" in line for line in others)
    assert any("cumulative" in line and "IREE" in line for line in others)
    assert not any("pack_matrix" in line for line in lines)


def test_dynamic_numbers():
    compiled = tessel.compile(_layer, dynamic=True)
    assert "?" in compiled.explain(np.ones((64, 96), np.float32))
