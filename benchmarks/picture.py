"""Draws results: each case's share of the machine's limit, peers side by side."""

import importlib
from pathlib import Path
from typing import Any

from benchmarks.report import Result

_COLOURS = {
    "tessel": "#c0392b",
    "torch": "#95a5a6",
    "torch.compile": "#7f8c8d",
    "onnxruntime": "#2980b9",
    "openvino": "#16a085",
    "jax": "#8e44ad",
}


_ROW, _HEAD = 0.17, 0.55
"""Inches of a case, and of a group's title and axis."""


def draw(results: list[Result], path: Path) -> None:
    """One panel a group in two columns, as SVG or PNG by the file's ending."""
    plots = importlib.import_module("matplotlib.pyplot")
    columns = _columns(results)
    heights = [sum(_height(group) for group in column) for column in columns]
    figure = plots.figure(figsize=(12, max(heights) + 0.6), layout="constrained")
    parts = figure.subfigures(1, len(columns), squeeze=False)[0]
    for part, column, height in zip(parts, columns, heights):
        # What a column is shorter than the longest stays empty at its end.
        ratios = [*map(_height, column), max(heights) - height + 0.01]
        panels = part.subplots(len(ratios), 1, height_ratios=ratios, squeeze=False)[:, 0]
        for group, panel in zip(column, panels):
            _draw_group(group, panel)
        panels[-1].axis("off")
    handles = [
        plots.Line2D([], [], marker="o", linestyle="", color=colour, label=name)
        for name, colour in _COLOURS.items()
    ]
    title = "share of the machine's limit, %"
    figure.legend(handles=handles, loc="outside upper center", ncols=6, title=title)
    figure.savefig(path, dpi=80)
    plots.close(figure)


def _columns(results: list[Result]) -> list[list[list[Result]]]:
    """The groups, largest first, each in the column that is shorter so far."""
    names = dict.fromkeys(one.group for one in results)
    groups = [[one for one in results if one.group == name] for name in names]
    columns: list[list[list[Result]]] = [[], []]
    for group in sorted(groups, key=len, reverse=True):
        min(columns, key=lambda column: sum(map(_height, column))).append(group)
    return [column for column in columns if column]


def _height(group: list[Result]) -> float:
    return _HEAD + _ROW * len(group)


def _draw_group(group: list[Result], panel: Any) -> None:
    for row, one in enumerate(group):
        for name, share in one.share.items():
            style = {"marker": "D", "zorder": 3} if name == "tessel" else {"marker": "o"}
            panel.scatter(100 * share, row, color=_COLOURS[name], s=18, **style)
    panel.set_yticks(range(len(group)), [one.name for one in group], fontsize=7)
    panel.tick_params(axis="x", labelsize=7)
    panel.invert_yaxis()
    panel.set_xlim(left=0)
    panel.grid(axis="x", color="#dddddd")
    panel.set_title(group[0].group, loc="left", fontsize=9)
