"""TESSEL_LOGS and its API: what is shown, what is refused, what it costs when off."""

import json
import logging
import time

import pytest

from tessel.compiler import logs
from tessel.compiler.diagnostics import ArgumentError


@pytest.fixture(autouse=True)
def _quiet():
    yield
    logs.set("")


def levels(specification: str) -> dict[str, int]:
    logs.set(specification)
    return {name: logging.getLogger(f"tessel.{name}").level for name in logs.NAMES}


def test_signs_choose_the_level():
    found = levels("+passes, -runtime,cache")
    assert found["passes"] == logging.DEBUG
    assert found["runtime"] == logging.ERROR
    assert found["cache"] == logging.INFO
    assert found["frontend"] == logging.NOTSET


def test_all_stands_for_every_log_and_later_words_win():
    found = levels("+all,-cache")
    assert found.pop("cache") == logging.ERROR
    assert set(found.values()) == {logging.DEBUG}


def test_records_and_artifacts_reach_stderr(capsys):
    logs.set("passes,ir:fused")
    logging.getLogger("tessel.passes").info("a pass ran")
    logging.getLogger("tessel.passes").debug("a detail")
    logs.LOGS.show("fused", lambda: "module {}")
    logs.LOGS.show("linalg", lambda: pytest.fail("this artifact is off"))
    shown = capsys.readouterr().err
    assert "INFO tessel.passes: a pass ran" in shown
    assert "after fused:\nmodule {}" in shown
    assert "a detail" not in shown


def test_json_lines_go_to_the_file(tmp_path, monkeypatch):
    file = tmp_path / "log.jsonl"
    monkeypatch.setenv("TESSEL_LOGS", "+cache,ir:trace")
    monkeypatch.setenv("TESSEL_LOGS_JSON", str(file))
    logs.set_from_environment()
    logging.getLogger("tessel.cache").debug("found %s", "key")
    logs.LOGS.show("trace", lambda: "module {}")
    first, second = (json.loads(line) for line in file.read_text().splitlines())
    assert (first["log"], first["level"], first["message"]) == ("cache", "DEBUG", "found key")
    assert (second["log"], second["stage"]) == ("ir", "trace")


@pytest.mark.parametrize("word", ["pases", "ir:fuse", "++passes", "+ir:fused", "ir:"])
def test_an_unknown_name_is_one_line_that_lists_the_valid_ones(word):
    with pytest.raises(ArgumentError) as caught:
        logs.set(f"cache,{word}")
    message = str(caught.value)
    assert "\n" not in message
    assert f"there is no log '{word}'" in message
    assert "passes" in message
    assert "ir:fused" in message


def test_without_a_request_nothing_is_added(monkeypatch):
    monkeypatch.delenv("TESSEL_LOGS", raising=False)
    monkeypatch.delenv("TESSEL_LOGS_JSON", raising=False)
    logs.set_from_environment()
    assert not logging.getLogger("tessel").handlers


def test_setting_again_replaces_the_handlers():
    for _ in range(3):
        logs.set("passes")
    assert len(logging.getLogger("tessel").handlers) == 1


def test_a_log_that_is_off_costs_at_most_a_microsecond():
    log = logging.getLogger("tessel.passes")
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        for _ in range(1000):
            log.debug("not shown")
            logs.LOGS.show("fused", str)
        best = min(best, (time.perf_counter() - start) / 1000)
    assert best < 1e-6
