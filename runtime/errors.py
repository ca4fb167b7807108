"""The base of every error that Tessel raises on purpose."""


class TesselError(Exception):
    """One sentence: what is wrong, where, what to do."""


class RuntimeCallError(TesselError, RuntimeError):
    """A compiled program could not be loaded or run."""
