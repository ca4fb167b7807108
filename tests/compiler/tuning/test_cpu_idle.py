"""While cores are kept awake, Linux says that none may take any time to wake up."""

import os
import struct
from pathlib import Path

import pytest

from tessel.compiler.tuning import cpu_idle as awake
from tessel.compiler.tuning.cpu_idle import cores_kept_awake

LATENCY = Path("/dev/cpu_dma_latency")
for_administrators = pytest.mark.skipif(
    not os.access(LATENCY, os.R_OK | os.W_OK), reason="for administrators only"
)


def allowed_microseconds() -> int:
    """What the system allows; other processes may ask for less than this one."""
    return struct.unpack("i", LATENCY.read_bytes()[:4])[0]


def asks() -> bool:
    """Whether this process does."""
    held = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    return any(one.is_symlink() and one.readlink() == LATENCY for one in held)


@for_administrators
def test_asks_for_as_long_as_it_lasts():
    assert not asks()
    with cores_kept_awake() as is_asked:
        assert is_asked
        assert asks()
        assert allowed_microseconds() == 0
    assert not asks()


@for_administrators
def test_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), cores_kept_awake():
        raise ZeroDivisionError
    assert not asks()


def test_where_it_is_not_allowed_nothing_changes(monkeypatch, tmp_path):
    monkeypatch.setattr(awake, "_LATENCY", str(tmp_path / "absent"))
    with cores_kept_awake() as is_asked:
        assert not is_asked
