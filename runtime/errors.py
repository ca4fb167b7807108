"""The base of every error that Tessel raises on purpose, and the errors of the runtime."""


class TesselError(Exception):
    """One sentence: what is wrong, where, what to do."""


class RuntimeCallError(TesselError, RuntimeError):
    """A compiled program could not be loaded or run."""


class ArrayError(TesselError, ValueError):
    """An argument that no array can be made of."""
