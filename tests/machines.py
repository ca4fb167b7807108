"""A machine with round limits, where tests must not measure this one."""

from tessel.compiler.tuning.machine_peaks import Machine

MACHINE = Machine(
    processor="znver4",
    threads=2,
    rates={"fma": 200.0, "read": 40.0, "copy": 30.0},
    caches=[(1 << 16, 400.0, 300.0), (1 << 20, 200.0, 150.0), (1 << 24, 100.0, 80.0)],
)
