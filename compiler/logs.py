"""Logs on the standard `logging` module: loggers `tessel.<name>`, and artifacts `ir:<stage>`.

    TESSEL_LOGS="+passes,-runtime,ir:fused"        or   logs.set("+passes,-runtime,ir:fused")

`+name` shows all (DEBUG), `name` shows what happens (INFO), `-name` errors alone; `all` stands for
every log. `ir:<stage>` shows the program after a stage. `TESSEL_LOGS_JSON` writes JSON lines to a
file. Without either Tessel adds no handler and sets no level: `logging` is the application's.
"""

import json
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tessel.compiler import settings
from tessel.compiler.diagnostics import ArgumentError, TesselError

NAMES: dict[str, str] = {
    "cache": "compiled code found, written and deleted",
    "compile": "what is compiled, for which target, and how long it takes",
    "frontend": "tracing of functions",
    "fusion": "what is fused with what, and why not",
    "passes": "each pass and its time",
    "recompiles": "why a function is compiled again",
    "runtime": "loading and calls of programs",
}
"""Logs by name."""

STAGES = ("trace", "dialect", "fused", "linalg", "iree", "llvm", "asm")
"""Stages whose IR can be shown, as `ir:<stage>`."""

_LEVELS = {"+": logging.DEBUG, "-": logging.ERROR}


class Logs:
    """What is shown now: levels of the loggers, artifacts that are on, the handlers."""

    def __init__(self) -> None:
        self._artifacts: frozenset[str] = frozenset()
        self._handlers: list[logging.Handler] = []
        self._lock = threading.Lock()

    def set(self, specification: str, json_file: Path | None = None) -> None:
        """Shows what `specification` names, on stderr and in `json_file`; "" shows nothing more.

        It replaces what was set before. Raises ArgumentError for an unknown name.
        """
        levels, artifacts = _parse(specification)
        with self._lock:
            self._remove_handlers()
            self._artifacts = artifacts
            for name in NAMES:
                logging.getLogger(f"tessel.{name}").setLevel(levels.get(name, logging.NOTSET))
            level = logging.INFO if artifacts else logging.NOTSET
            logging.getLogger("tessel.ir").setLevel(level)
            if specification.strip():
                self._add_handler(logging.StreamHandler(sys.stderr), logging.Formatter(_TEXT))
            if json_file is not None:
                self._add_handler(_open(json_file), JsonFormatter())

    def shows(self, stage: str) -> bool:
        """Whether the artifact `ir:<stage>` is on."""
        return stage in self._artifacts

    @property
    def shows_programs(self) -> bool:
        """Whether any artifact is on."""
        return bool(self._artifacts)

    def show(self, stage: str, text: Callable[[], str]) -> None:
        """Logs the IR after a stage when it is on; `text` is called only then."""
        if stage in self._artifacts:
            logging.getLogger("tessel.ir").info(
                "after %s:\n%s", stage, text(), extra={"stage": stage}
            )

    def _add_handler(self, handler: logging.Handler, formatter: logging.Formatter) -> None:
        handler.setFormatter(formatter)
        root = logging.getLogger("tessel")
        root.addHandler(handler)
        root.propagate = False  # else a handler of the application shows each record again
        self._handlers.append(handler)

    def _remove_handlers(self) -> None:
        root = logging.getLogger("tessel")
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        self._handlers.clear()
        root.propagate = True


class _File(logging.FileHandler):
    """A file that may become full: that is said once, and the program goes on."""

    _has_failed = False

    def handleError(self, record: logging.LogRecord) -> None:
        if not self._has_failed and sys.stderr is not None:
            reason = sys.exc_info()[1]
            sys.stderr.write(f"tessel: the log {self.baseFilename} cannot be written: {reason}\n")
        self._has_failed = True


def _open(file: Path) -> logging.Handler:
    """Raises ArgumentError for what cannot be written, or would wait for a reader."""
    try:
        if file.is_fifo():
            raise ArgumentError(f"the log {file} is a pipe", hint="name a file")
        return _File(file, encoding="utf-8")
    except OSError as error:
        message = f"the log {file} cannot be written: {error.strerror or error}"
        raise ArgumentError(message) from None


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: time, level, log, message, and the stage of an artifact."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": record.created,
            "level": record.levelname,
            "log": record.name.removeprefix("tessel."),
            "message": record.getMessage(),
        }
        if "stage" in vars(record):
            entry["stage"] = vars(record)["stage"]
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return json.dumps(entry)


LOGS = Logs()
"""The process's logs, as there is one `logging`."""


def set(specification: str, json_file: Path | None = None) -> None:
    """Shows the logs and artifacts that `specification` names; see the module's documentation."""
    LOGS.set(specification, json_file)


def set_from_environment() -> None:
    """Does what `TESSEL_LOGS` and `TESSEL_LOGS_JSON` say; nothing when neither is set.

    What they cannot say is a warning: this happens when Tessel is imported.
    """
    try:
        specification, json_file = settings.LOGS.get(), settings.LOGS_JSON.get()
        if specification.strip() or json_file:
            LOGS.set(specification, json_file)
    except TesselError as error:
        _warn(f"nothing is logged: {error}")


def _warn(message: str) -> None:
    """A warning that says whose it is, also where the application has set up no logging."""
    logger = logging.getLogger("tessel")
    if logger.hasHandlers():
        logger.warning(message)
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    logger.addHandler(handler)
    logger.warning(message)
    logger.removeHandler(handler)


_TEXT = "%(levelname)s %(name)s: %(message)s"


def _parse(specification: str) -> tuple[dict[str, int], frozenset[str]]:
    """Levels by name of the log, and the stages of the artifacts that are on."""
    levels: dict[str, int] = {}
    artifacts: list[str] = []
    for word in filter(None, (part.strip() for part in specification.split(","))):
        if word.removeprefix("ir:") in STAGES and word.startswith("ir:"):
            artifacts.append(word.removeprefix("ir:"))
            continue
        name = word.lstrip("+-")
        if name not in (*NAMES, "all") or len(word) - len(name) > 1:
            known = ", ".join(("all", *NAMES, *(f"ir:{stage}" for stage in STAGES)))
            raise ArgumentError(f"there is no log '{word}'", hint=f"the logs are {known}")
        level = _LEVELS.get(word[0], logging.INFO)
        levels.update(dict.fromkeys(NAMES if name == "all" else (name,), level))
    return levels, frozenset(artifacts)
