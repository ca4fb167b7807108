"""The file of what was measured: lines that processes append and people edit."""

import logging

from tessel.compiler.tuning.records import Record, Records

RECORD = Record("gemm rows=1", "znver4", 2, {"rows": 1}, 10.0, 20.0, 11.0, 21.0, 5)


def test_a_record_outlives_the_process(tmp_path):
    file = tmp_path / "folder" / "tuning.jsonl"
    Records(file, "znver4", 2).add(RECORD)
    records = Records(file, "znver4", 2)
    assert "gemm rows=1" in records
    assert records["gemm rows=1"] == RECORD
    assert records.tiles() == {"gemm rows=1": {"rows": 1}}
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
    second.add(Record("gemm rows=1", "znver4", 2, {"rows": 2}, 9.0, 20.0, 11.0, 21.0, 5))
    second.add(Record("gemm rows=3", "znver4", 2, {"rows": 3}, 9.0, 20.0, 11.0, 21.0, 5))
    assert Records(file, "znver4", 2).tiles() == {
        "gemm rows=1": {"rows": 2},
        "gemm rows=3": {"rows": 3},
    }


def test_a_damaged_line_is_named_and_left_out(tmp_path, caplog):
    file = tmp_path / "tuning.jsonl"
    Records(file, "znver4", 2).add(RECORD)
    file.write_text('{"problem": "gemm\n' + file.read_text() + '{"a": 1}\n')
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        assert Records(file, "znver4", 2).all() == [RECORD]
    assert [one.getMessage().split(" of ")[0] for one in caplog.records] == ["line 1", "line 3"]


def test_without_a_file_a_process_remembers():
    records = Records(None, "znver4", 2)
    records.add(RECORD)
    assert records["gemm rows=1"] == RECORD


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING, logger="tessel.tuning"):
        Records(tmp_path / "file" / "tuning.jsonl", "znver4", 2).add(RECORD)
    assert "cannot be kept" in caplog.text
