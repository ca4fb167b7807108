"""`tessel.compile(f, target="unfused-cpu")`: found by the package's entry point."""

from dataclasses import replace

from tessel.compiler.pipelines import DIALECT, Pipeline, Step
from tessel.compiler.targets.base import Target
from tessel.compiler.targets.cpu.target import host_target

NAMES = ("unfused-cpu",)

_PIPELINE = Pipeline(
    (
        ("trace", ()),
        ("dialect", (*DIALECT, "tessel-decompose", "tessel-canonicalize")),
        (
            "linalg",
            (
                Step.EVALUATE_CONSTANTS,
                "tessel-lower-to-linalg",
                "tessel-resolve-loop-dims",
                "resolve-ranked-shaped-type-result-dims",
                "canonicalize",
                "cse",
                "tessel-prevent-unit-dim-expansion",
                "tessel-resolve-in-place-hazards",
                "tessel-copy-loop-inits",
                "tessel-results-to-out-params",
                "tessel-strip-attributes",
            ),
        ),
    )
)


def find_target(name: str, threads: int, *, here: bool) -> Target:
    """This machine under another name, with a pipeline of its own."""
    reason = "it compares what fusion gains"
    return replace(host_target(threads), name=name, reason=reason, pipeline=_PIPELINE)
