"""The file of what was measured: lines that processes append and people edit."""

import json
import logging
import os
from dataclasses import asdict, replace

import pytest

from tessel.compiler.tuning.tuning_records import Record, Records

RECORD = Record("gemm m=1 version=4", "znver4", 2, {"mr": 1}, 10.0, 20.0, 11.0, 21.0, 5)


def test_a_record_outlives_the_process(tmp_path):
    file = tmp_path / "folder" / "tuning.jsonl"
    Records(file, "znver4", 2).add(RECORD)
    records = Records(file, "znver4", 2)
    assert "gemm m=1 version=4" in records
    assert records["gemm m=1 version=4"] == RECORD
    assert records.configurations() == {"gemm m=1 version=4": {"mr": 1}}
    assert records.all() == [RECORD]


def test_another_machine_knows_nothing_of_it(tmp_path):
    file = tmp_path / "tuning.jsonl"
    Records(file, "znver4", 2).add(RECORD)
    assert not Records(file, "znver4", 8).all()
    assert not Records(file, "znver5", 2).all()


def test_the_last_line_counts_and_others_may_write(tmp_path):
    file = tmp_path / "tuning.jsonl"
    first, second = Records(file, "znver4", 2), Records(file, "znver4", 2)
    first.add(RECORD)
    second.add(Record("gemm m=1 version=4", "znver4", 2, {"mr": 2}, 9.0, 20.0, 11.0, 21.0, 5))
    second.add(Record("gemm m=3 version=4", "znver4", 2, {"mr": 3}, 9.0, 20.0, 11.0, 21.0, 5))
    assert Records(file, "znver4", 2).configurations() == {
        "gemm m=1 version=4": {"mr": 2},
        "gemm m=3 version=4": {"mr": 3},
    }


def test_a_damaged_line_is_named_and_left_out(tmp_path, caplog):
    file = tmp_path / "tuning.jsonl"
    Records(file, "znver4", 2).add(RECORD)
    file.write_text('{"problem": "gemm\n' + file.read_text() + '{"a": 1}\n')
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        assert Records(file, "znver4", 2).all() == [RECORD]
    (said,) = [one.getMessage() for one in caplog.records]
    assert said == f"line 1 of {file} is no record and does not count (nor are 1 others)"


def test_records_of_another_version_are_refused_once(tmp_path, caplog):
    """Those of before versions, too; what has been measured since counts."""
    file = tmp_path / "tuning.jsonl"
    records = Records(file, "znver4", 2)
    for name in ("gemm m=1", "gemm m=1 version=1", RECORD.problem):
        records.add(replace(RECORD, problem=name))
    with file.open("a") as lines:
        lines.write(GOOD.replace("version=4", "version=2").replace("configuration", "tiles") + "\n")
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        assert Records(file, "znver4", 2).all() == Records(file, "znver4", 2).all() == [RECORD]
    (said,) = [one.getMessage() for one in caplog.records]
    assert said == (
        f"{file} has 3 records that are not of version 4 and do not count;"
        " measure again with `tessel tune`, or delete them"
    )


GOOD = json.dumps(asdict(RECORD))


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "[]",
        "1",
        "\0",
        GOOD[:-9],
        GOOD.replace('"threads": 2', '"threads": "2"'),
        GOOD.replace('"threads": 2', '"threads": true'),
        GOOD.replace('"mr": 1', '"mr": 1.5'),
        GOOD.replace('"mr": 1', '"mr": null'),
        GOOD.replace('{"mr": 1}', "[1]"),
        GOOD.replace("10.0", "NaN"),
        GOOD.replace("10.0", "Infinity"),
        GOOD.replace("10.0", "1" * 5000),
        GOOD.replace('"hot"', '"heat"'),
        "[" * 100_000,
        '{"problem": ' * 10_000,
    ],
    ids=range(16),
)
def test_a_line_may_be_anything(tmp_path, line):
    """What is no record does not count; what comes before and after does."""
    file = tmp_path / "tuning.jsonl"
    other = replace(RECORD, problem="gemm m=2 version=4")
    file.write_text(f"{GOOD}\n{line}\n{json.dumps(asdict(other))}\n")
    assert Records(file, "znver4", 2).all() == [RECORD, other]


def test_bytes_that_are_no_text(tmp_path):
    file = tmp_path / "tuning.jsonl"
    file.write_bytes(b"\xff\xfe\r\n" + GOOD.encode())
    assert Records(file, "znver4", 2).all() == [RECORD]


def test_a_line_that_was_cut_does_not_spoil_the_next(tmp_path):
    file = tmp_path / "tuning.jsonl"
    file.write_text(GOOD[:30])
    file.chmod(0o600)
    Records(file, "znver4", 2).add(RECORD)
    assert Records(file, "znver4", 2).all() == [RECORD]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", ["fifo", "folder", "link", "loop", "shared", "device"])
def test_a_file_that_is_none_of_ours(tmp_path, kind, caplog):
    """It is neither read nor written, and a process remembers."""
    file, elsewhere = tmp_path / "tuning.jsonl", tmp_path / "elsewhere"
    elsewhere.write_text(GOOD + "\n")
    if kind == "fifo":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "shared":
        elsewhere.rename(file)
        file.chmod(0o666)
    else:
        file.symlink_to({"link": elsewhere, "loop": file, "device": "/dev/full"}[kind])
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        records = Records(file, "znver4", 2)
        assert records.all() == []
        for name in ("a", "b"):
            records.add(replace(RECORD, problem=name))
    assert len(records.all()) == 2
    assert caplog.text.count("is not read") == 1
    assert caplog.text.count("cannot be kept") == 1
    if kind == "link":
        assert elsewhere.read_text() == GOOD + "\n"


def test_without_a_file_a_process_remembers():
    records = Records(None, "znver4", 2)
    records.add(RECORD)
    assert records["gemm m=1 version=4"] == RECORD


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        Records(tmp_path / "file" / "tuning.jsonl", "znver4", 2).add(RECORD)
    assert "cannot be kept" in caplog.text
