"""Trace: the spans that a walk over the bytes leaves behind, for `emtkit explain`.

Decoders walk with a Cursor. With a trace the same walk records what every byte means; without one it
records nothing. There is no second parser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emtkit.model.reading import Value, plain_value

if TYPE_CHECKING:
    from emtkit.model.decoded import Check
    from emtkit.wire.view import View


class Span(NamedTuple):
    """A run of input bytes and what it means.

    start, end  offsets in the user's input
    layer       `wmbus.link`, `mbus.record` ...
    field       the field's name in the standard
    raw         the bytes of the view it was read from (decrypted bytes, if the view is `decrypted`)
    meaning     a sentence for people
    value, unit the decoded value
    view        name of the view it was read from
    """

    start: int
    end: int
    layer: str
    field: str
    raw: bytes
    meaning: str
    value: Value
    unit: str | None
    view: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (DESIGN section 3)."""
        return {**self._asdict(), "raw": self.raw.hex(), "value": plain_value(self.value)}


class Trace:
    """Collects spans and checks. A later span over the same bytes replaces an earlier one (decryption does that)."""

    __slots__ = ("_last", "checks", "spans")

    def __init__(self) -> None:
        """Start empty."""
        self.spans: list[Span] = []
        self.checks: list[Check] = []
        self._last = 0

    def add(
        self,
        view: View,
        start: int,
        end: int,
        layer: str,
        field: str,
        meaning: str = "",
        value: Value = None,
        unit: str | None = None,
    ) -> None:
        """Record view bytes start..end; one span for each run of the input below them."""
        self._last = len(self.spans)
        more = False
        for at, low, high in view.parts(start, end):
            if low >= 0:
                raw = view.data[at : at + high - low]
                text = f"(continued) {meaning}" if more else meaning
                self.spans.append(Span(low, high, layer, field, raw, text, value, unit, view.name))
                more = True

    def note(self, meaning: str, value: Value = None, unit: str | None = None) -> None:
        """Say what the span recorded last means."""
        for at in range(self._last, len(self.spans)):
            text = f"(continued) {meaning}" if at > self._last else meaning
            self.spans[at] = self.spans[at]._replace(meaning=text, value=value, unit=unit)

    def cover(self, data: bytes) -> list[Span]:
        """Return spans that cover every byte of the input exactly once, in order.

        Where spans overlap the one recorded last wins; bytes that no walk reached become `not decoded`.
        """
        owner = [-1] * len(data)
        for index, span in enumerate(self.spans):
            owner[span.start : span.end] = [index] * (min(span.end, len(data)) - span.start)
        covered: list[Span] = []
        at = 0
        while at < len(data):
            end = at + 1
            while end < len(data) and owner[end] == owner[at]:
                end += 1
            if owner[at] < 0:
                covered.append(Span(at, end, "", "rest", data[at:end], "not decoded", None, None, "input"))
            else:
                span = self.spans[owner[at]]
                cut = span.raw[at - span.start : end - span.start]
                covered.append(span._replace(start=at, end=end, raw=cut))
            at = end
        return covered
