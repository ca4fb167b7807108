"""`--verify-diagnostics`: compares what was reported with the comments that expect it.

    // expected-error @+1 {{text that the message holds}}
    // expected-note-re @below 2 {{text with {{reg.*ex}} in it}}

As MLIR's own verifier, which upstream's Python bindings do not offer. A location is `@+N`, `@-N`,
`@above`, `@below` (the nearest line without such a comment) or `@unknown`, else the comment's line.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_EXPECTATION = re.compile(
    r"expected-(?P<severity>error|warning|remark|note)(?P<regex>-re)?\s*"
    r"(?:@(?P<location>[+-]\d+|above|below|unknown))?\s*(?P<count>\d+)?\s*"
    r"\{\{(?P<text>.*?)\}\}\s*(?=$|//|expected-)"
)
_ANY = re.compile(r"expected-(error|warning|remark|note)\b")


@dataclass(frozen=True)
class Report:
    """A diagnostic that was reported; line 0 is an unknown location."""

    severity: str
    line: int
    column: int
    message: str


@dataclass
class Expectation:
    """A diagnostic that a comment expects, `count` times."""

    severity: str
    line: int
    pattern: re.Pattern[str]
    text: str
    count: int
    written: int

    def matches(self, report: Report) -> bool:
        same = self.severity == report.severity and self.line == report.line
        return same and self.pattern.search(report.message) is not None


def verify(source: str, first_line: int, reports: Sequence[Report]) -> list[Report]:
    """The errors to print: malformed comments, unmet expectations, unexpected diagnostics.

    `source` begins at line `first_line` of its file.
    """
    expectations, errors = read_expectations(source, first_line)
    for report in reports:
        match = next((one for one in expectations if one.count and one.matches(report)), None)
        if match:
            match.count -= 1
        else:
            message = f"unexpected {report.severity}: {report.message}"
            errors.append(Report("error", report.line, report.column, message))
    for one in expectations:
        if one.count:
            message = f'expected {one.severity} "{one.text}" was not produced'
            errors.append(Report("error", one.written, 1, message))
    return errors


def read_expectations(source: str, first_line: int) -> tuple[list[Expectation], list[Report]]:
    """The expectations that a source's comments state, and errors for malformed ones."""
    lines = source.split("\n")
    designators = {number for number, line in enumerate(lines) if _ANY.search(line)}
    expectations: list[Expectation] = []
    errors: list[Report] = []
    for number in sorted(designators):
        matches = list(_EXPECTATION.finditer(lines[number]))
        if len(matches) != len(_ANY.findall(lines[number])):
            column = _ANY.search(lines[number]).start() + 1  # type: ignore[union-attr]
            message = "this is not expected-error @+N count {{text}}"
            errors.append(Report("error", first_line + number, column, message))
        for match in matches:
            line = _line_of(match["location"], number, designators)
            text = match["text"]
            expectations.append(
                Expectation(
                    match["severity"],
                    0 if line is None else first_line + line,
                    re.compile(_as_regex(text) if match["regex"] else re.escape(text)),
                    text,
                    int(match["count"] or 1),
                    first_line + number,
                )
            )
    return expectations, errors


def _line_of(location: str | None, number: int, designators: set[int]) -> int | None:
    """The line, counted from 0, that a location names; None for the unknown one."""
    if location == "unknown":
        return None
    if location in ("above", "below"):
        step = -1 if location == "above" else 1
        number += step
        while number in designators:
            number += step
        return number
    return number + int(location or 0)


def _as_regex(text: str) -> str:
    """Literal text in which `{{...}}` holds a regular expression."""
    parts = re.split(r"\{\{(.*?)\}\}", text)
    return "".join(f"(?:{p})" if i % 2 else re.escape(p) for i, p in enumerate(parts))
