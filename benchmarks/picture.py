"""Draws results: each case's share of the machine's limit, peers side by side."""

import importlib
from pathlib import Path

from benchmarks.report import Result

_COLOURS = {
    "tessel": "#c0392b",
    "torch": "#95a5a6",
    "torch.compile": "#7f8c8d",
    "onnxruntime": "#2980b9",
    "openvino": "#16a085",
    "jax": "#8e44ad",
}


def draw(results: list[Result], path: Path) -> None:
    """One panel a group, as SVG or PNG by the file's ending."""
    plots = importlib.import_module("matplotlib.pyplot")
    groups = list(dict.fromkeys(one.group for one in results))
    heights = [max(2, sum(one.group == group for one in results)) for group in groups]
    figure, panels = plots.subplots(
        len(groups),
        1,
        figsize=(9, 0.45 * sum(heights) + len(groups)),
        gridspec_kw={"height_ratios": heights},
        squeeze=False,
    )
    for group, panel in zip(groups, panels[:, 0]):
        members = [one for one in results if one.group == group]
        for row, one in enumerate(members):
            for name, share in one.share.items():
                style = {"marker": "D", "zorder": 3} if name == "tessel" else {"marker": "o"}
                panel.scatter(100 * share, row, color=_COLOURS[name], s=36, **style)
        panel.set_yticks(range(len(members)), [one.name for one in members])
        panel.invert_yaxis()
        panel.set_xlim(left=0)
        panel.grid(axis="x", color="#dddddd")
        panel.set_title(group, loc="left", fontsize=10)
    panels[-1, 0].set_xlabel("share of the machine's limit, %")
    handles = [
        plots.Line2D([], [], marker="o", linestyle="", color=colour, label=name)
        for name, colour in _COLOURS.items()
    ]
    figure.legend(handles=handles, loc="upper right", fontsize=8, ncols=3)
    figure.tight_layout()
    figure.savefig(path)
    plots.close(figure)
