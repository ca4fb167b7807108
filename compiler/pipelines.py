"""The whole compiler on one page: stages in order, each a tuple of passes.

A name that begins with `tessel-` is a file of `compiler/passes`; others are upstream MLIR's. A
target says which pipeline it has (`compiler/targets`); its fields replace words that
begin with `$`. A pass that only some targets have stands in the pipelines of those alone, and takes
as given what `tessel-attach-target` writes. A `Step` stands where more than the module is read or
made. After the last stage IREE takes over (`targets/iree.py`).
"""

from dataclasses import dataclass
from enum import Enum

DIALECT = ("tessel-canonicalize", "cse")
"""What a traced program goes through for every target."""

_ATTACH_TARGET = "tessel-attach-target"

LATER_STAGES = ("iree", "llvm", "asm")
"""Stages that IREE makes from `linalg`."""


class Step(Enum):
    """What the driver does between passes, since it takes or gives more than the module."""

    EVALUATE_CONSTANTS = "evaluate-constants"
    """Runs `@constant_evaluation`, which becomes parameters (`constant_evaluation.py`)."""

    STRIP_PERSISTENT_KERNELS = "strip-persistent-kernels"
    """Takes off functions what the runtime is told of their persistent kernels."""


@dataclass(frozen=True)
class Pipeline:
    """Stages in order, each with the passes and steps that lead to it from the one before."""

    stages: tuple[tuple[str, tuple[str | Step, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The stages in order; the first is what is traced, the last what IREE is given."""
        return tuple(name for name, _ in self.stages)

    @property
    def optimized(self) -> str:
        """The stage at which each kernel of the program is an op or a fusion; the last but one."""
        return self.names[-2]

    @property
    def lowered(self) -> str:
        """The stage that IREE is given, the last."""
        return self.names[-1]

    def steps(self, stage: str) -> tuple[str | Step, ...]:
        """The passes and steps that lead to a stage."""
        return dict(self.stages)[stage]

    def passes_until(self, stage: str) -> tuple[str, ...]:
        """The passes that lead to a stage from the first one."""
        count = self.names.index(stage) + 1
        steps = [one for _, steps in self.stages[:count] for one in steps]
        return tuple(one for one in steps if isinstance(one, str))


_TO_LINALG = (
    "tessel-lower-to-linalg",
    "tessel-resolve-loop-dims",
    "resolve-ranked-shaped-type-result-dims",
    "int-range-optimizations",
    "canonicalize",
    "cse",
    "tessel-prevent-unit-dim-expansion",
    "tessel-resolve-in-place-hazards",
    "tessel-copy-loop-inits",
)

CPU = Pipeline(
    (
        ("trace", ()),
        ("dialect", DIALECT),
        (
            "fused",
            (
                _ATTACH_TARGET + "{processor=$processor threads=$threads}",
                "tessel-fold-reshapes-into-reductions",
                "tessel-raise-attention",
                "tessel-reduce-strength",
                "tessel-convert-conv-to-channels-last",
                "tessel-decompose{keep=scaled_dot_product_attention"
                "|scaled_dot_product_attention_logsumexp"
                "|channels_last_convolution|depthwise_convolution|check_indices}",
                "tessel-propagate-transposes",
                "tessel-canonicalize",
                "cse",
                "tessel-sink-weight-dequantization",
                "tessel-fold-scales",
                "tessel-fuse-matmuls-horizontally",
                "tessel-fold-transposes-into-contractions",
                "tessel-sink-slices",
                "tessel-fuse-attention",
                "tessel-fuse-epilogues",
                "tessel-fuse-indexing",
                "tessel-select-kernels",
                "tessel-decompose",
                "tessel-canonicalize",
                "tessel-hoist-constant-expressions",
                "cse",
                "tessel-split-reductions",
                "tessel-fuse-reductions",
                "tessel-fuse-concatenations",
                "tessel-select-kernels",
                "tessel-fuse-copies",
                "tessel-select-kernels",
                "tessel-fuse-elementwise",
            ),
        ),
        (
            "linalg",
            (
                Step.EVALUATE_CONSTANTS,
                "tessel-lower-kernels",
                *_TO_LINALG,
                "tessel-form-persistent-kernels",
                "tessel-coarsen-workgroups",
                "tessel-results-to-out-params",
                "tessel-strip-attributes",
                Step.STRIP_PERSISTENT_KERNELS,
            ),
        ),
    )
)
"""Processors that kernels are written for."""

CPU_WITHOUT_KERNELS = Pipeline(
    (
        ("trace", ()),
        ("dialect", DIALECT),
        (
            "fused",
            (
                "tessel-fold-reshapes-into-reductions",
                "tessel-reduce-strength",
                "tessel-decompose",
                "tessel-propagate-transposes",
                "tessel-canonicalize",
                "cse",
                "tessel-sink-weight-dequantization",
                "tessel-fold-scales",
                "tessel-fuse-matmuls-horizontally",
                "tessel-sink-slices",
                "tessel-hoist-constant-expressions",
                "cse",
                "tessel-split-reductions",
                "tessel-fuse-reductions",
                "tessel-fuse-elementwise",
            ),
        ),
        (
            "linalg",
            (
                Step.EVALUATE_CONSTANTS,
                *_TO_LINALG,
                "tessel-results-to-out-params",
                "tessel-strip-attributes",
            ),
        ),
    )
)
"""Other processors: IREE schedules all."""


TOOL_STAGES = {"tessel-optimize": "fused", "tessel-to-linalg": "linalg"}
"""Named pipelines of `tessel-opt`, and the stages of `CPU` that they lead to."""

PIPELINES: dict[str, tuple[str, ...]] = {
    name: tuple(_ATTACH_TARGET if "$" in one else one for one in CPU.passes_until(stage))
    for name, stage in TOOL_STAGES.items()
}
"""Their passes, for the processor that a module says, or else that pass's own default."""
