"""Commands under bad input: one sentence and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tessel.tools import tessel_opt
from tessel.tools.command_line import command

OPT, TESSEL = "tessel.tools.tessel_opt", "tessel.tools.tessel_cli"

PROGRAM = "func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> { return %x : tensor<2xf32> }\n"


def run(module: str, shell: str, folder: Path, **environment: str) -> tuple[int, str, str]:
    """A command in a shell, which has `$COMMAND` for it; its exit code, output and errors."""
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell}"],
        cwd=folder,
        env={**os.environ, "COMMAND": f"{sys.executable} -m {module}", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.mlir").write_text(PROGRAM)
    (tmp_path / "binary.mlir").write_bytes(b"\xff\xfe\0\1")
    (tmp_path / "folder.mlir").mkdir()
    (tmp_path / "loop.mlir").symlink_to("loop.mlir")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.mlir"], "cannot read 'missing.mlir': No such file"),
        (["folder.mlir"], "cannot read 'folder.mlir': Is a directory"),
        (["loop.mlir"], "cannot read 'loop.mlir': Too many levels"),
        (["binary.mlir"], "cannot read 'binary.mlir': it is no text"),
        (["a" * 5000], "File name too long"),
        (["--no-such-flag", "good.mlir"], "unknown argument '--no-such-flag'"),
        (["--pass-pipeline=(((", "good.mlir"], "is missing in the pipeline"),
        (["--pass-pipeline=nothing", "good.mlir"], "unknown pass 'nothing'"),
        (["--pass-pipeline=tessel-decompose{a}", "good.mlir"], "option 'a' of"),
        (["good.mlir", "-o", "folder.mlir"], "cannot write 'folder.mlir': Is a directory"),
        (["good.mlir", "-o", "no/where"], "cannot write 'no/where': No such file"),
        (["good.mlir", "-o", "/dev/full"], "cannot write '/dev/full': No space left"),
    ],
    ids=range(12),
)
def test_files_and_options(
    arguments: list[str],
    sentence: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    try:
        code = tessel_opt.main(arguments)
    except SystemExit as exit:  # as argparse ends a command
        code = exit.code
    assert code == 1
    said = capsys.readouterr().err
    assert said.startswith("tessel-opt: error: ")
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("module", "shell", "code", "sentence"),
    [
        (OPT, "$COMMAND < binary.mlir", 1, "cannot read '-': it is no text"),
        (OPT, "$COMMAND good.mlir > /dev/full", 1, "No space left"),
        (OPT, "$COMMAND good.mlir <&- >&-", 0, ""),
        (OPT, "$COMMAND <&-", 0, ""),
        (OPT, "$COMMAND missing.mlir 2>&-", 1, ""),
        (OPT, "$COMMAND good.mlir | true", 141, ""),
        (TESSEL, "$COMMAND info | true", 141, ""),
        (TESSEL, "$COMMAND info > /dev/full", 1, "No space left"),
        (TESSEL, "$COMMAND info >&-", 0, ""),
    ],
)
def test_streams(module: str, shell: str, code: int, sentence: str, folder: Path) -> None:
    """Closed ones, full ones, pipes that nobody reads."""
    returned, _, errors = run(module, shell, folder)
    assert returned == code, errors
    assert sentence in errors
    assert errors.count("\n") == bool(sentence)


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii:strict"},
    ],
    ids=["locale", "encoding"],
)
def test_text_beyond_the_locale(environment: dict[str, str], folder: Path) -> None:
    (folder / "good.mlir").write_text(PROGRAM.replace("@main", '@"caf\u00e9"'), encoding="utf-8")
    for shell in ("$COMMAND good.mlir", "$COMMAND < good.mlir"):
        code, output, errors = run(OPT, shell, folder, **environment)
        assert (code, errors) == (0, "")
        assert "func.func" in output
    code, _, errors = run(OPT, "$COMMAND caf\u00e9.mlir", folder, **environment)
    assert code == 1
    assert "No such file" in errors


@pytest.mark.parametrize(
    "environment",
    [
        {"TESSEL_LOGS": "nothing of this name"},
        {"TESSEL_LOGS_JSON": "/no/where/log.json"},
        {"TESSEL_LOGS_JSON": "/tmp"},
    ],
    ids=["name", "missing", "folder"],
)
def test_logs_that_cannot_be(environment: dict[str, str], folder: Path) -> None:
    """One warning, and the program runs."""
    code, output, errors = run(OPT, "$COMMAND good.mlir", folder, **environment)
    assert code == 0
    assert "@main" in output
    assert errors.startswith("WARNING:tessel:nothing is logged: ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize(
    ("setting", "text"), [("TESSEL_THREADS", "100000"), ("TESSEL_CPU", "z80"), ("TESSEL_CPU", "-")]
)
def test_settings_that_cannot_be(setting: str, text: str, folder: Path) -> None:
    code, output, errors = run(TESSEL, "$COMMAND info", folder, **{setting: text})
    assert code == 1
    assert text in output
    assert output.count("\n") == 1
    assert errors == ""


@pytest.mark.parametrize(
    ("raised", "code", "sentence"),
    [
        (KeyboardInterrupt(), 130, ""),
        (MemoryError(), 1, "tool: error: there is not enough memory\n"),
        (OSError(28, "No space left on device"), 1, "cannot write the output: No space left"),
    ],
    ids=["interrupt", "memory", "disk"],
)
def test_what_ends_a_command(
    raised: BaseException,
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tessel.tools.command_line._discard", lambda stream: None)

    @command("tool")
    def main(arguments: object = None) -> int:
        raise raised

    assert main() == code
    assert sentence in capsys.readouterr().err
