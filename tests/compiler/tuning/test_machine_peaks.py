"""What the machine can do: bandwidths by size, and a file that the next process reads."""

import json
import subprocess
import sys

import pytest
from machines import MACHINE

from tessel.compiler.tuning import machine_peaks as subject
from tessel.compiler.tuning.json_lines import append_line
from tessel.compiler.tuning.machine_peaks import Machine, limits_file, measure_again, this_machine


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Counts measurements; an empty folder holds what is kept."""
    monkeypatch.setenv("TESSEL_TUNING_FILE", str(tmp_path / "folder" / "tuning.jsonl"))
    times = []

    def measure(processor: str, threads: int) -> Machine:
        times.append(processor)
        return Machine(processor, threads, MACHINE.rates, MACHINE.caches)

    monkeypatch.setattr(subject, "_measure", measure)
    return times


def test_a_bandwidth_lies_between_those_that_were_measured():
    assert MACHINE.read(1 << 10) == 400e9
    assert MACHINE.read(1 << 20) == 200e9
    assert MACHINE.read(1 << 18) == pytest.approx(300e9)
    assert MACHINE.copy(1 << 24) == 80e9
    assert MACHINE.copy((1 << 24) + 1) == 30e9


def test_what_holds_more_is_never_faster():
    """A small array that was disturbed counts as the larger one."""
    disturbed = Machine("znver4", 2, MACHINE.rates, [(1 << 16, 90.0, 9.0), (1 << 20, 200.0, 8.0)])
    assert disturbed.read(1 << 16) == 200e9
    assert disturbed.copy(1 << 16) == 30e9


def test_arithmetic_that_a_processor_lacks_is_that_of_float32():
    assert MACHINE.flops("float32") == MACHINE.flops("bfloat16") == 200e9


def test_a_machine_is_measured_once(measured):
    first = this_machine()
    (line,) = limits_file().read_text().splitlines()
    assert json.loads(line)["rates"] == MACHINE.rates
    assert this_machine().read(1 << 20) == first.read(1 << 20)
    assert len(measured) == 1


def test_another_process_reads_the_file(measured):
    """And the last line counts, so that a person may add one."""
    known = this_machine()
    rates = {**known.rates, "fma": 7.0}
    append_line(limits_file(), Machine(known.processor, known.threads, rates, known.caches))
    append_line(limits_file(), Machine(known.processor, known.threads, {"fma": 9.0}, known.caches))
    append_line(limits_file(), Machine(known.processor, known.threads, rates | {"fma": 9.0}, []))
    code = "from tessel.compiler.tuning.machine_peaks import *; print(this_machine().rates)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == str(rates)  # the last one that has all that is needed


def test_limits_that_are_too_low_are_measured_again(measured):
    """The higher of each counts from then on."""
    low = Machine("znver4", 2, {"fma": 100.0, "read": 90.0, "copy": 1.0}, [(1 << 16, 1.0, 999.0)])
    better = measure_again(low)
    assert better.rates == {"fma": 200.0, "read": 90.0, "copy": 30.0}
    assert better.caches == [(1 << 16, 400.0, 999.0)]
    assert json.loads(limits_file().read_text())["rates"]["fma"] == 200.0
    assert measure_again(measure_again(better)).times == 3
    assert len(measured) == 2


def test_other_threads_are_another_machine(measured, monkeypatch):
    monkeypatch.setenv("TESSEL_THREADS", "1")
    this_machine()
    monkeypatch.setenv("TESSEL_THREADS", "2")
    this_machine()
    assert len(measured) == 2


def test_a_processor_without_kernels_is_not_measured(measured, monkeypatch):
    monkeypatch.setattr(subject, "instruction_set_of", lambda name: None)
    assert this_machine() is None
    assert not measured


def test_without_a_file_nothing_is_kept(measured, monkeypatch):
    monkeypatch.setenv("TESSEL_TUNING_FILE", "")
    assert limits_file() is None
    assert this_machine() is not None
