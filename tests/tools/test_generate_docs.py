"""The generated pages are what the code says."""

import pytest

from tessel.tools.generate_docs import DOCS, pages


@pytest.mark.parametrize("name", ["dialect.md", "passes.md", "settings.md"])
def test_page_is_up_to_date(name: str) -> None:
    """`make docs` would change nothing."""
    assert (DOCS / name).read_text() == pages()[name], "run `make docs`"


def test_lines_of_the_page_of_passes_are_short() -> None:
    """Pipelines are lists, a pass a line."""
    long = [line for line in pages()["passes.md"].splitlines() if len(line) > 100]
    assert not long
