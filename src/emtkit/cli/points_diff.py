"""What an import of master data would change, for people and for scripts."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.cli.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.points.masterdata.changes import Change, Difference
    from emtkit.points.masterdata.plan import Import

_MARKS: Final = {"added": "+", "changed": "~", "removed": "-"}
_STYLES: Final = {"added": "green", "changed": "yellow", "removed": "red"}
_SHOWN: Final = 200  # changes in the table


def change_rows(plan: Import, *, remove: bool) -> Iterator[dict[str, Any]]:
    """Give each change for scripts, and how many there are of each kind at the end."""
    if plan.found is None:
        return
    for change in plan.found.changes:
        place = change.entry.place() if change.entry is not None else None
        yield {
            "change": change.kind if remove or change.kind != "removed" else "missing",
            "meter": str(change.point.meter_match),
            "register": change.point.register,
            "place": None if place is None else str(place),
            "source": None if change.place is None else str(change.place),
            "fields": {name: {"old": old, "new": new} for name, (old, new) in change.fields.items()},
        }
    yield {"change": None, **_counts(plan.found, plan.left_out, remove=remove)}


def print_changes(plan: Import, *, remove: bool) -> None:
    """Print the changes, one entry a line and one field a line below it, and how many there are."""
    from emtkit.cli.output import console
    from emtkit.cli.tables import indent, styled

    if plan.found is None:
        return
    screen = console()
    for change in plan.found.changes[:_SHOWN]:
        mark, style = _MARKS[change.kind], _STYLES[change.kind]
        if change.kind == "removed" and not remove:
            mark, style = "?", "dim"
        heading = styled(f"{mark} {change.point.meter_match} {change.point.register}", style)
        heading.append_text(styled(f"  {_where(change)}", "dim"))
        screen.print(heading, soft_wrap=True)
        if change.kind == "removed":
            continue
        for name, (old, new) in change.fields.items():
            if change.kind == "added":
                line = styled(f"{name} = {_text(new)}")
            else:
                line = styled(f"{name}: {_text(old)} → {_text(new)}")
            screen.print(indent(indent(line)), soft_wrap=True)
    beyond = len(plan.found.changes) - _SHOWN
    if beyond > 0:
        screen.print(styled(f"and {count(beyond)} more", "dim"))
    counts = _counts(plan.found, plan.left_out, remove=remove)
    told = [f"{count(number)} {_WORDS[kind]}" for kind, number in counts.items() if number or kind in _ALWAYS]
    screen.print(", ".join(told), soft_wrap=True)


_ALWAYS: Final = frozenset({"added", "changed", "unchanged"})
_WORDS: Final = {
    "added": "added",
    "changed": "changed",
    "removed": "removed",
    "missing": "not in the source (--remove takes them out)",
    "unchanged": "unchanged",
    "not_of_source": "of other sources",
    "rows_left_out": "rows left out by the map",
}


def _counts(found: Difference, left_out: int, *, remove: bool) -> dict[str, int]:
    gone = len(found.of("removed"))
    return {
        "added": len(found.of("added")),
        "changed": len(found.of("changed")),
        "removed": gone if remove else 0,
        "missing": 0 if remove else gone,
        "unchanged": found.unchanged,
        "not_of_source": found.not_of_source,
        "rows_left_out": left_out,
    }


def _where(change: Change) -> str:
    places = [] if change.entry is None else [str(change.entry.place())]
    if change.place is not None:
        places.append(str(change.place))
    return " ← ".join(places)


def _text(value: object) -> str:
    if value is None:
        return "(none)"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
