"""While cores are kept awake, Linux says that none may take any time to wake up."""

import os
import struct
from pathlib import Path

import pytest

from tessel.compiler.tuning import awake
from tessel.compiler.tuning.awake import cores_kept_awake

_LATENCY = Path("/dev/cpu_dma_latency")


def allowed_microseconds() -> int:
    return struct.unpack("i", _LATENCY.read_bytes()[:4])[0]


@pytest.mark.skipif(not os.access(_LATENCY, os.R_OK | os.W_OK), reason="for administrators only")
def test_asks_for_as_long_as_it_lasts():
    before = allowed_microseconds()
    with cores_kept_awake() as is_asked:
        assert is_asked
        assert allowed_microseconds() == 0
    assert allowed_microseconds() == before


def test_ends_with_an_error():
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    with pytest.raises(ZeroDivisionError), cores_kept_awake():
        raise ZeroDivisionError
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before


def test_where_it_is_not_allowed_nothing_changes(monkeypatch, tmp_path):
    monkeypatch.setattr(awake, "_LATENCY", str(tmp_path / "absent"))
    with cores_kept_awake() as is_asked:
        assert not is_asked
