"""What a piece of a traced function assigns: bodies of loops and branches, which are traced once.

What they do to the user's state would be done once, too, and in both branches.
"""

from collections.abc import Sequence

from tessel.compiler.frontend.state.holders import ABSENT, Globals
from tessel.compiler.frontend.state.snapshot import Snapshot
from tessel.compiler.frontend.tracing.additions import Additions
from tessel.compiler.frontend.tracing.trace import Trace


class Checkpoint:
    """What all holders of the state hold at one point of a trace."""

    def __init__(self, trace: Trace, snapshot: Snapshot, additions: Sequence[Additions]):
        self._substitution, self._snapshot = trace.substitution, snapshot
        self._additions = [(one, len(one.added)) for one in additions]
        self._substitution.write_back()
        self._held = [place.parts() for place in snapshot.holders]

    def changed(self) -> list[str]:
        """What was assigned since, as a user writes it."""
        self._substitution.write_back()
        found = self._snapshot.changed(self._held)
        added = [one.number for one, count in self._additions if len(one.added) > count]
        holders = self._snapshot.holders
        return [
            *[holders[number].path_of(key) for number, key in found],
            *[holders[number].path for number in added],
        ]

    def restore(self) -> None:
        """Gives all holders what they held."""
        self._substitution.write_back()
        for one, count in self._additions:
            del one.added[count:]
        for number in {number for number, _ in self._snapshot.changed(self._held)}:
            place, held = self._snapshot.holders[number], self._held[number]
            removed = [] if place.is_whole else place.parts().keys() - held.keys()
            place.update(held | dict.fromkeys(removed, ABSENT))
            if isinstance(place, Globals):
                self._substitution.read_again(place.holder)
