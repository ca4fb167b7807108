"""`tessel info` says what the target is and why."""

from pathlib import Path

import pytest
from machines import MACHINE

from tessel.tools import tessel_cli
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


def test_tune_measures_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A problem, then a program that holds it, then the report: one line of one measurement."""
    monkeypatch.setenv("TESSEL_TUNING_FILE", str(tmp_path / "tuning.jsonl"))
    assert main(["tune", "gemm m=4 k=32 n=32"]) == 0
    first = capsys.readouterr().out
    assert "gemm m=4 k=32 n=32" in first
    program = tmp_path / "program.mlir"
    program.write_text(
        """
        func.func @main(%x: tensor<4x32xf32>) -> tensor<4x32xf32> {
          %w = "tessel.parameter"() {dtype = f32, key = "w", shape = array<i64: 32, 32>}
              : () -> tensor<32x32xf32>
          %0 = "tessel.matmul"(%x, %w)
              : (tensor<4x32xf32>, tensor<32x32xf32>) -> tensor<4x32xf32>
          return %0 : tensor<4x32xf32>
        }"""
    )
    assert main(["tune", str(program)]) == 0
    assert capsys.readouterr().out == first
    assert main(["tune", "--report"]) == 0
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("fft rows=4", "is no kernel that is tuned; choose of attention, "),
        ("gemm m=4", "is no problem; write gemm m="),
        ("missing.mlir", "cannot read 'missing.mlir': No such file"),
        ("gemm m=0 k=4 n=4", "is no problem"),
        ("gemm m=-1 k=4 n=4", "is no problem"),
        ("gemm m=a k=b n=c", "is no problem"),
        ("gemm m=99999999999999999999 k=4 n=4", "is no problem"),
        ("gemm m=1x2 k=4 n=4", "is no problem"),
        ("gemm m=1 k=? n=4", "is no problem"),
        ("gemm m=1 k=4 n=4 dtype=?", "is no problem"),
        ("gemm m=4 k=4 n=4 dtype=nothing", "is no problem"),
        (
            "attention heads=3 kv_heads=2 queries=4 keys=4 head_dim=8 value_dim=8",
            "no program computes",
        ),
    ],
)
def test_what_cannot_be_tuned_is_one_line(
    capsys: pytest.CaptureFixture[str], named: str, message: str
) -> None:
    assert main(["tune", named]) == 1
    out = capsys.readouterr().out
    assert message in out
    assert out.count("\n") == 1


def test_tune_without_anything_says_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tune"])
    assert "name problems or files" in capsys.readouterr().err


def test_limits(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rates and where they are kept; in one line where they are not known."""
    monkeypatch.setattr(tessel_cli, "this_machine", lambda: MACHINE)
    monkeypatch.setenv("TESSEL_TUNING_FILE", str(tmp_path / "tuning.jsonl"))
    assert main(["limits"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["fma", "200", "GFLOP/s"]
    assert lines[1].split() == "read 40 GB/s from memory".split()
    assert lines[-1].split() == ["kept", "in", str(tmp_path / "limits.jsonl")]
    monkeypatch.setattr(tessel_cli, "this_machine", lambda: None)
    assert main(["limits"]) == 1
    assert capsys.readouterr().out.count("\n") == 1
