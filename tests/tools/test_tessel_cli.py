"""`tessel info` says what the target is and why."""

import pytest

from tessel.tools.tessel_cli import main


def test_info(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Target with its reason, and versions."""
    monkeypatch.delenv("TESSEL_CPU", raising=False)
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    assert "processor" in text
    assert "iree-base-compiler" in text


def test_unknown_processor_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TESSEL_CPU that does not exist is named, with exit code 1."""
    monkeypatch.setenv("TESSEL_CPU", "z80")
    assert main(["info"]) == 1
    assert capsys.readouterr().out.startswith("tessel: unknown target 'z80'")
