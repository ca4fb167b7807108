"""The process's thread pool has the size that is asked for first."""

import subprocess
import sys

import pytest

from tessel.runtime.devices import allow_tiles, device
from tessel.runtime.errors import RuntimeCallError

COUNT = """
import os
from tessel.runtime.devices import available_cores, device

before = len(os.listdir("/proc/self/task"))
first = device("local-task", {threads})
assert device("local-task", 7) is first
print(len(os.listdir("/proc/self/task")) - before, available_cores())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
@pytest.mark.parametrize("threads", [1, 3, None])
def test_the_pool_has_the_size_that_is_asked_for_first(threads):
    command = [sys.executable, "-c", COUNT.format(threads=threads)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    started, cores = map(int, output.split())
    assert started - (threads or cores) in (0, 1)  # IREE adds a thread that polls


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_tiles_are_allowed_where_the_processor_has_them():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        assert allow_tiles() == (" amx_tile" in file.read())


def test_an_unknown_device_is_an_error() -> None:
    """Never the processor instead."""
    with pytest.raises(RuntimeCallError, match="there is no device 'cuda'; programs run on"):
        device("cuda")


_OUTLIVED = """
from tessel.runtime import devices
from tessel.runtime.forking import keep_forever
devices.device("local-sync")
devices.device("local-task")
keep_forever(devices._DEVICES)
"""


def test_the_interpreter_ends_without_a_word_of_devices_that_outlive_it() -> None:
    """nanobind would list them on stderr."""
    run = subprocess.run([sys.executable, "-c", _OUTLIVED], capture_output=True, text=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
