"""`mode="max-autotune"`: measured once, kept, the same results, and a choice of threads."""

import numpy as np
import pytest

import tessel
from tessel.compiler.diagnostics import ArgumentError
from tessel.compiler.targets.registry import resolve_target
from tessel.compiler.tuning.device_choice import faster_driver
from tessel.compiler.tuning.session import records_for, report
from tessel.compiler.tuning.tuning_records import Record, Records

WEIGHT = np.random.default_rng(0).standard_normal((32, 48)).astype(np.float32)
ROWS = np.random.default_rng(1).standard_normal((5, 32)).astype(np.float32)


def affine(x):
    return x @ WEIGHT + 1.0


@pytest.fixture
def file(tmp_path, monkeypatch):
    """An empty file of records, and no compiler to be found."""
    monkeypatch.setenv("TESSEL_TUNING_FILE", str(tmp_path / "tuning.jsonl"))
    monkeypatch.setenv("PATH", "")
    return tmp_path / "tuning.jsonl"


def test_a_second_process_measures_nothing(file):
    expected = tessel.compile(affine)(ROWS)
    tuned = tessel.compile(affine, mode="max-autotune")
    np.testing.assert_array_equal(tuned(ROWS), expected)
    lines = file.read_text().splitlines()
    assert "gemm m=5 k=32 n=48 version=4" in lines[0]
    again = tessel.compile(affine, mode="max-autotune")
    np.testing.assert_array_equal(again(ROWS), expected)
    assert file.read_text().splitlines() == lines
    assert "gemm" in again.explain(ROWS)


def test_the_file_decides(file):
    """Tiles that a person writes into it are those of the kernel."""
    target = resolve_target("host")
    configuration = {
        "mr": 1,
        "vectors": 2,
        "lanes": 8,
        "block_m": 5,
        "block_panels": 1,
        "block_k": 32,
    }
    name = "gemm m=5 k=32 n=48 version=4"
    records_for(target).add(
        Record(name, target.processor, target.threads, configuration, 1.0, 1.0, 2.0, 2.0, 3)
    )
    tuned = tessel.compile(affine, mode="max-autotune")
    assert " mr=1 " in tuned.explain(ROWS)
    np.testing.assert_allclose(tuned(ROWS), affine(ROWS), rtol=1e-5, atol=1e-5)
    assert " mr=1 " not in tessel.compile(affine).explain(ROWS)
    assert "2.00x" in report(records_for(target).all())


def test_an_unknown_mode_names_those_there_are():
    with pytest.raises(ArgumentError, match=r"unknown mode 'fastest'; modes: default, max-"):
        tessel.compile(affine, mode="fastest")


def test_the_driver_is_measured_once_and_kept():
    """Results are those of the other driver, too."""
    target = resolve_target("host", threads=2)
    function = tessel.compile(affine)
    function(ROWS)
    ((entry,),) = function._entries.values()
    records = Records(None, target.processor, 2)
    first = faster_driver(entry.executable, [ROWS], target, records)
    (record,) = records.all()
    assert record.configuration["threads"] in (1, 2)
    other = Records(None, target.processor, 2)
    for threads in (1, 2):
        other.add(Record(record.problem, target.processor, 2, {"threads": threads}, 1, 1, 1, 1, 2))
        chosen = faster_driver(entry.executable, [ROWS], target, other)
        assert chosen.binary.driver == ("local-sync" if threads == 1 else "local-task")
        np.testing.assert_array_equal(chosen([ROWS])[0], first([ROWS])[0])
