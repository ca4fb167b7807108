"""CPU targets: the levels, how the host's level is found, and IREE's flags for each."""

import os

from tessel.compiler.diagnostics import TargetError
from tessel.compiler.targets.base import Target

# Baselines that a program compiled for them runs on; the host resolves to the best that fits.
_LEVELS = {
    "x86-64-v2": {"sse4_2", "ssse3", "popcnt", "cx16"},
    "x86-64-v3": {"avx2", "fma", "bmi1", "bmi2", "f16c", "movbe"},
    "x86-64-v4": {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"},
}

_FLAGS = (
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    # Without it float reductions are scalar and loops are not vectorised (IREE's default is O0).
    "--iree-opt-level=O2",
    # On by default: would turn every float64 program into a float32 one.
    "--iree-input-demote-f64-to-f32=false",
    "--iree-llvmcpu-debug-symbols=false",
    "--iree-vm-bytecode-module-strip-source-map=true",
)


def host_target(threads: int) -> Target:
    """This machine: all that its processor can do, unless `TESSEL_CPU` lowers it."""
    override = os.environ.get("TESSEL_CPU", "")
    if override and override != "host":
        return cpu_target(override, threads, f"TESSEL_CPU={override} asks for it")
    level = host_level(host_features())
    return cpu_target("host", threads, f"this processor has all features of {level}")


def cpu_target(cpu: str, threads: int, reason: str) -> Target:
    """A named CPU or level, such as `x86-64-v3` or `znver5`."""
    flags = (*_FLAGS, f"--iree-llvmcpu-target-cpu={cpu}")
    return Target(cpu, "llvm-cpu", reason, flags)


def host_features() -> frozenset[str]:
    """The processor's feature names as Linux lists them; empty where there is no such list."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith(("flags", "Features")):
                    return frozenset(line.split(":", 1)[1].split())
    except OSError:
        return frozenset()
    return frozenset()


def host_level(features: frozenset[str]) -> str:
    """The highest x86-64 level whose features are all present, and those of the levels below."""
    best = "x86-64"
    for level, needed in _LEVELS.items():
        if not needed <= features:
            break
        best = level
    return best


def known_levels() -> tuple[str, ...]:
    return tuple(_LEVELS)


def check_level(name: str, features: frozenset[str]) -> None:
    """Raises TargetError when this machine cannot run code for level `name`."""
    order = list(_LEVELS)
    if name in order and order.index(name) > order.index(host_level(features)):
        raise TargetError(f"this processor cannot run {name} code", hint="use target='host'")
