"""Processors by name: what each can do, and what the one of this machine is.

Features are named as Linux lists them in /proc/cpuinfo. A processor's entry holds those that
compiled code may use, so that code for it is refused on a machine that lacks one of them. What no
compiler makes of itself does not count: hosts of virtual machines hide `rdseed` and `movdiri`.
"""

import hashlib
import platform
from dataclasses import dataclass, replace
from functools import cache

from tessel.runtime.devices import allow_tiles

_X86 = ("x86_64", "amd64")
_ARM = ("aarch64", "arm64")


@dataclass(frozen=True)
class Processor:
    """A processor or a level of many: its name for LLVM, architecture and features."""

    name: str
    architecture: str
    features: frozenset[str]
    vendor: str = ""


def _table() -> dict[str, Processor]:
    processors: dict[str, Processor] = {}

    def add(name: str, architecture: str, base: str, features: str, vendor: str = "") -> None:
        inherited = processors[base].features if base else frozenset()
        every = inherited | frozenset(features.split())
        processors[name] = Processor(name, architecture, every, vendor)

    add("x86-64-v2", "x86_64", "", "sse4_2 ssse3 popcnt cx16")
    add("x86-64-v3", "x86_64", "x86-64-v2", "avx2 fma bmi1 bmi2 f16c movbe")
    add("x86-64-v4", "x86_64", "x86-64-v3", "avx512f avx512bw avx512cd avx512dq avx512vl")
    add("haswell", "x86_64", "x86-64-v3", "", "GenuineIntel")
    add("skylake-avx512", "x86_64", "x86-64-v4", "aes pclmulqdq adx", "GenuineIntel")
    add("cascadelake", "x86_64", "skylake-avx512", "avx512_vnni", "GenuineIntel")
    add("icelake-server", "x86_64", "cascadelake", "avx512vbmi avx512_vbmi2 avx512ifma gfni vaes"
        " vpclmulqdq avx512_bitalg avx512_vpopcntdq sha_ni", "GenuineIntel")  # fmt: skip
    add("sapphirerapids", "x86_64", "icelake-server", "avx512_bf16 avx512_fp16 avx_vnni amx_tile"
        " amx_int8 amx_bf16", "GenuineIntel")  # fmt: skip
    add("graniterapids", "x86_64", "sapphirerapids", "amx_fp16", "GenuineIntel")
    add("znver2", "x86_64", "x86-64-v3", "aes pclmulqdq adx sha_ni clwb", "AuthenticAMD")
    add("znver3", "x86_64", "znver2", "vaes vpclmulqdq", "AuthenticAMD")
    add("znver4", "x86_64", "znver3", "avx512f avx512bw avx512cd avx512dq avx512vl avx512_vnni"
        " avx512_bf16 avx512vbmi avx512_vbmi2 avx512ifma avx512_bitalg avx512_vpopcntdq gfni",
        "AuthenticAMD")  # fmt: skip
    add("znver5", "x86_64", "znver4", "avx_vnni avx512_vp2intersect", "AuthenticAMD")
    add("neoverse-n1", "aarch64", "", "asimd atomics asimddp asimdhp", "0x41")
    add("neoverse-v1", "aarch64", "neoverse-n1", "sve bf16 i8mm", "0x41")
    add("neoverse-n2", "aarch64", "neoverse-v1", "sve2", "0x41")
    add("neoverse-v2", "aarch64", "neoverse-v1", "sve2", "0x41")
    return processors


PROCESSORS: dict[str, Processor] = _table()
"""Every processor that a target may name, each after those it extends."""


@dataclass(frozen=True)
class Machine:
    """What the operating system tells about a processor."""

    architecture: str
    vendor: str
    model: str
    features: frozenset[str]

    @property
    def fingerprint(self) -> str:
        """A text that differs where code for the one may not run on the other."""
        text = " ".join((self.architecture, self.vendor, self.model, *sorted(self.features)))
        return hashlib.sha256(text.encode()).hexdigest()

    def best(self) -> Processor | None:
        """The processor with the most features of those that this machine can stand for."""
        fitting = [
            processor
            for processor in PROCESSORS.values()
            if self.features
            and not self.missing(processor)
            and processor.vendor in ("", self.vendor)
        ]
        return max(fitting, key=lambda one: (len(one.features), bool(one.vendor)), default=None)

    def missing(self, processor: Processor) -> tuple[str, ...]:
        """What code for `processor` may use and this machine lacks; empty when it runs here.

        Where the features are not known, only the architecture counts.
        """
        if processor.architecture != self.architecture:
            return (f"the architecture {processor.architecture}",)
        return tuple(sorted(processor.features - self.features)) if self.features else ()


@cache
def this_machine() -> Machine:
    """The machine that this process runs on; without features where there is no /proc/cpuinfo.

    Tiles count only where the system lets this process use them.
    """
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            machine = parse_cpuinfo(platform.machine().lower(), file.read())
    except OSError:
        return parse_cpuinfo(platform.machine().lower(), "")
    tiles = {one for one in machine.features if one.startswith("amx_")}
    if tiles and not allow_tiles():
        return replace(machine, features=machine.features - tiles)
    return machine


def parse_cpuinfo(architecture: str, text: str) -> Machine:
    """The first processor of the text of /proc/cpuinfo."""
    entries: dict[str, str] = {}
    for line in text.splitlines():
        key, separator, value = line.partition(":")
        if separator:
            entries.setdefault(key.strip(), value.strip())
    if architecture in _X86:
        architecture = "x86_64"
    if architecture in _ARM:
        architecture = "aarch64"
    return Machine(
        architecture,
        entries.get("vendor_id", entries.get("CPU implementer", "")),
        entries.get("model name", entries.get("CPU part", "")),
        frozenset(entries.get("flags", entries.get("Features", "")).split()),
    )
