"""The version of the words in which problems and configurations are written, and kept in files."""

VERSION = 4
"""Raised when a size or tile is renamed, or comes to mean something else."""

VERSION_WORD = f"version={VERSION}"
"""Ends each line that a program writes."""


def is_of_this_version(line: str) -> bool:
    """Whether the line of a problem, as a program wrote it, has the words of `VERSION`.

    >>> is_of_this_version("rows count=4 length=8")
    False
    """
    return line.split()[-1:] == [VERSION_WORD]
