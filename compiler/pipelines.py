"""The whole compiler on one page: stages in order, each a tuple of passes.

A name that begins with `tessel-` is a file of `compiler/passes`; others are upstream MLIR's.
After the last stage IREE takes over (`compiler/targets/iree.py`).
"""

STAGES: dict[str, tuple[str, ...]] = {
    "trace": (),
    "dialect": ("tessel-canonicalize", "cse"),
    "fused": (
        "tessel-keep-reduced-axes",
        "tessel-raise-attention",
        "tessel-reduce-strength",
        "tessel-put-channels-last",
        "tessel-decompose{keep=scaled_dot_product_attention|scaled_dot_product_attention_logsumexp"
        "|channels_last_convolution|depthwise_convolution|check_indices}",
        "tessel-sink-transposes",
        "tessel-canonicalize",
        "cse",
        "tessel-sink-scales",
        "tessel-fold-scales",
        "tessel-merge-matmuls",
        "tessel-absorb-transposes",
        "tessel-sink-slices",
        "tessel-fuse-attention",
        "tessel-fuse-epilogues",
        "tessel-fuse-indexing",
        "tessel-select-kernels",
        "tessel-decompose",
        "tessel-canonicalize",
        "tessel-hoist-parameters",
        "cse",
        "tessel-split-reductions",
        "tessel-fuse-reductions",
        "tessel-fuse-concatenations",
        "tessel-select-kernels",
        "tessel-fuse-moves",
        "tessel-select-kernels",
        "tessel-fuse-elementwise",
    ),
    "linalg": (
        "tessel-lower-kernels",
        "tessel-lower-to-linalg",
        "tessel-resolve-loop-dims",
        "resolve-ranked-shaped-type-result-dims",
        "int-range-optimizations",
        "canonicalize",
        "cse",
        "tessel-separate-elements",
        "tessel-separate-updates",
        "tessel-separate-loops",
        "tessel-share-kernels",
        "tessel-group-units",
        "tessel-preallocate-results",
    ),
}
"""Stage -> the passes that lead to it from the stage before."""

LATER_STAGES = ("iree", "llvm", "asm")
"""Stages that IREE makes from `linalg`."""

PIPELINES: dict[str, tuple[str, ...]] = {
    "tessel-optimize": (*STAGES["dialect"], *STAGES["fused"]),
    "tessel-to-linalg": (*STAGES["dialect"], *STAGES["fused"], *STAGES["linalg"]),
}
"""Named pipelines of `tessel-opt`."""
