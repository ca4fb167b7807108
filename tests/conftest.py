"""How the tests are shared among workers (one that kills its worker fails, once), and compile."""

import os
from contextlib import suppress
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

# Tests count traces, look at what is compiled, and patch what compiles.
os.environ.setdefault("TESSEL_WARM_START", "0")


class FilesScheduling(LoadFileScheduling):
    """Whole files for each worker.

    pytest-xdist 3.8 gives the test that killed a worker to the next one, and so on until no worker
    is left. Files that it gives to workers that are not ready are lost, and a worker with one test
    waits for a second before it begins: then it waits for ever.
    """

    def _reschedule(self, node: WorkerController) -> None:
        """More for `node`, once it has collected the tests: at least two, or the last."""
        if node not in self.registered_collections:
            return
        # A worker that is dead already is removed, and its files are free, when xdist hears of it.
        with suppress(OSError):
            super()._reschedule(node)
            while self.workqueue and not node.shutting_down and self._left(node) < 2:
                super()._reschedule(node)
        if not self.workqueue:
            node.shutdown()

    def _left(self, node: WorkerController) -> int:
        return sum(not done for unit in self.assigned_work[node].values() for done in unit.values())

    def remove_node(self, node: WorkerController) -> str | None:
        """The test that was running when `node` ended, if one was; what it had left is free."""
        units = self.assigned_work.pop(node)
        left = [(unit, test) for unit in units.values() for test, done in unit.items() if not done]
        if not left:
            return None
        unit, crashed = left[0]
        unit[crashed] = True
        self.workqueue.update(
            (scope, unit) for scope, unit in units.items() if not all(unit.values())
        )
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesScheduling:
    """Stands for `--dist loadfile`."""
    return FilesScheduling(config, log)
