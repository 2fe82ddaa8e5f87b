"""The tally of a command: how its telegrams fared, what to say at the end, which exit code."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.cli import wording
from emtkit.cli.exits import Exit, of_decoded, worst
from emtkit.cli.messages import complain, point_to, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.decoded import Decoded
    from emtkit.model.diagnostics import Diagnostic

_WORDS: Final = {
    Exit.NOT_DECODABLE: "not decoded",
    Exit.SECURITY: "with a missing or wrong key, or not verified",
    Exit.PARTIAL: "only partly understood",
}
_MOST_LINES: Final = 12


class _Trouble(NamedTuple):
    """The first telegram that had this code."""

    message: str
    place: str


class Tally:
    """Counts telegrams as they pass, keeps one example of each trouble and nothing else."""

    def __init__(self, *, strict: bool) -> None:
        """Start at nothing."""
        self.strict = strict
        self.frames = 0
        self.exits: Counter[Exit] = Counter()
        self._codes: Counter[str] = Counter()
        self._firsts: dict[str, _Trouble] = {}

    def watch(self, telegrams: Iterable[Decoded]) -> Iterator[Decoded]:
        """Pass the telegrams on and count them."""
        for decoded in telegrams:
            self.count(decoded)
            yield decoded

    def count(self, decoded: Decoded) -> None:
        """Count one telegram."""
        self.frames += 1
        code = of_decoded(decoded, strict=self.strict)
        if code is Exit.OK:
            return
        self.exits[code] += 1
        found = _reason(decoded)
        if found is not None:
            self._codes[found.code] += 1
            self._firsts.setdefault(found.code, _Trouble(found.message, wording.origin(decoded)))

    @property
    def failed(self) -> int:
        """Return how many telegrams call for an exit code that is not 0."""
        return self.exits.total()

    def exit(self) -> Exit:
        """Return the exit code."""
        return worst(self.exits)

    def report(self, *, said: bool = False) -> None:
        """Say on standard error what went wrong, if anything did.

        `said`: the output has told every trouble, so only the end of it is left to say. Otherwise a single telegram
        gives its own error; of several, each code is told once, with its number and the first place.
        """
        if not self.frames:
            say("no telegram in the input")
        if not self.failed:
            return
        if self.frames == 1 and self._firsts:
            code, trouble = next(iter(self._firsts.items()))
            if said:
                point_to(code)
            else:
                complain(trouble.message, code)
            return
        for code, number in self._codes.most_common(0 if said else _MOST_LINES):
            trouble = self._firsts[code]
            place = f"{'first in ' if number > 1 else ''}{trouble.place}: " if trouble.place else ""
            say(f"{wording.count(number)} x {code}: {place}{trouble.message}")
        if not said and len(self._codes) > _MOST_LINES:
            say(f"and {len(self._codes) - _MOST_LINES} more codes")
        kinds = [f"{wording.count(self.exits[kind])} {words}" for kind, words in _WORDS.items() if self.exits[kind]]
        total = f"{wording.count(self.failed)} of {wording.count(self.frames, 'telegram')}"
        complain(f"{total}: {', '.join(kinds)}", "cli.failures")


def _reason(decoded: Decoded) -> Diagnostic | None:
    """Return the finding that says why: the first of the worst severity."""
    for severity in ("error", "warning", "info"):
        for found in decoded.diagnostics:
            if found.severity == severity:
                return found
    return None
