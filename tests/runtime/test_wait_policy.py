"""A thread that waits for the pool preempts nobody, and is what it was afterwards."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import tessel
from tessel.runtime import wait_policy as patience
from tessel.runtime.wait_policy import patient_thread

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="policies are Linux's")


def in_thread(work) -> list:
    """Runs `work` in a thread of its own, whose policy may change."""
    results: list = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    thread.join()
    return results


def test_the_policy_lasts_while_waiting():
    def work():
        with patient_thread():
            inside = os.sched_getscheduler(0)
        return inside, os.sched_getscheduler(0)

    assert in_thread(work) == [(os.SCHED_BATCH, os.SCHED_OTHER)]


def test_an_error_restores_it():
    def work():
        with pytest.raises(ValueError), patient_thread():
            raise ValueError
        return os.sched_getscheduler(0)

    assert in_thread(work) == [os.SCHED_OTHER]


def test_a_policy_of_its_own_is_left_alone():
    def work():
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        with patient_thread():
            inside = os.sched_getscheduler(0)
        return inside, os.sched_getscheduler(0)

    assert in_thread(work) == [(os.SCHED_IDLE, os.SCHED_IDLE)]


def test_a_sandbox_that_refuses_is_no_error(monkeypatch):
    def refuse(*arguments):
        raise PermissionError

    monkeypatch.setattr(patience.os, "sched_setscheduler", refuse)
    with patient_thread():
        assert os.sched_getscheduler(0) == os.SCHED_OTHER


@pytest.mark.parametrize(("threads", "driver"), [("1", "local-sync"), ("2", "local-task")])
def test_a_call_leaves_the_thread_as_it_was(monkeypatch, threads, driver):
    """On the pool, also of one core, and without it."""
    monkeypatch.setenv("TESSEL_THREADS", threads)
    double = tessel.compile(lambda x: np.exp(x) + x)
    x = np.ones((1024, 1024), np.float32)
    np.testing.assert_allclose(double(x), np.exp(x) + x, rtol=1e-6)
    ((entry,),) = double._entries.values()
    assert entry.executable.binary.driver == driver
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


AFFINITIES = """
import glob, numpy as np, tessel
tessel.compile(lambda x: np.exp(x) + x)(np.ones((1024, 1024), np.float32))
for task in glob.glob("/proc/self/task/*"):
    if "iree-worker" in open(f"{task}/comm").read():
        print(open(f"{task}/status").read().split("Cpus_allowed_list:")[1].split()[0])
"""


@pytest.mark.parametrize(
    "threads", [len(os.sched_getaffinity(0)), 1 + len(os.sched_getaffinity(0))]
)
def test_workers_have_a_core_each_where_all_are_used(threads):
    """Another number of them may move."""
    environment = os.environ | {"TESSEL_THREADS": str(threads)}
    run = subprocess.run(
        [sys.executable, "-c", AFFINITIES],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    affinities = run.stdout.split()
    cores = sorted(os.sched_getaffinity(0))
    if threads == len(cores) > 1:
        assert sorted(map(int, affinities)) == cores
    else:
        assert all(not affinity.isdigit() for affinity in affinities) or len(cores) == 1
