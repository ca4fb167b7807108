"""Mistakes at random: the interpreter lives, and says one sentence each time."""

import mistakes


def test_mistakes_end_in_one_sentence() -> None:
    """`python tests/mistakes.py 1000` makes more, and measures memory."""
    found = mistakes.make(150, seed=3)
    assert found["LeakedArrayError"] > 40
    assert found["RecursionError"] == 1
