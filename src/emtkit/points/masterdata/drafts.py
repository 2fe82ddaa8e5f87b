"""Rows to entries of a points file, by the rules of the map. What a row cannot give is a problem, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.points.masterdata.mapping import FieldRule, Mapping, Select, SourceForm
    from emtkit.points.masterdata.rows import SourceRow
    from emtkit.points.problems import Place, Problems

_NUMBERS: Final = frozenset({"ratio", "decimals"})
_NUMBER: Final = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_NO_DAY: Final = re.compile(r"[0\W]*\Z")  # empty, or as SAP writes that there is none: 00.00.0000


class Draft(NamedTuple):
    """What a row says of one register: the fields of the map that are not empty, and where the row is."""

    fields: dict[str, Any]
    place: Place


class Tally(NamedTuple):
    """The entries that the rows give, and how many rows were left out."""

    drafts: list[Draft]
    left_out: int


def drafts_of(rows: Iterable[SourceRow], mapping: Mapping, day: date, problems: Problems) -> Tally:
    """Return what the rows give. `day` is the day on which they must hold."""
    drafts, left_out = [], 0
    for row in rows:
        try:
            wanted = all(_fits(select, row) for select in mapping.select) and _holds(row, mapping.source, day)
        except ConfigError as error:
            problems.error(error.code, error.message, row.place)
            continue
        if wanted:
            drafts.append(Draft(dict(_fields(row, mapping, problems)), row.place))
        else:
            left_out += 1
    return Tally(drafts, left_out)


def _fits(select: Select, row: SourceRow) -> bool:
    have = row.cells[select.column]
    return (
        (not select.equals or have in select.equals)
        and have not in select.differs
        and (select.like is None or fnmatchcase(have, select.like))
    )


def _holds(row: SourceRow, form: SourceForm, day: date) -> bool:
    """Return whether the day is within the row's validity, the last day included."""
    if form.valid is None:
        return True
    first, last = (
        None if column is None else _day(row.cells[column], form) for column in (form.valid.first, form.valid.last)
    )
    return (first is None or first <= day) and (last is None or day <= last)


def _day(text: str, form: SourceForm) -> date | None:
    if _NO_DAY.match(text):
        return None
    try:
        return datetime.strptime(text, form.date_form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ConfigError("points.source", f"{text!r} is no date of the form {form.date}") from None


def _fields(row: SourceRow, mapping: Mapping, problems: Problems) -> Iterator[tuple[str, Any]]:
    for name, rule in mapping.fields.items():
        try:
            text = _text(rule, row)
            if not text:
                continue
            yield name, _number(text, mapping.source) if name in _NUMBERS else text
        except ConfigError as error:
            problems.error(error.code, error.message, row.place, name)


def _text(rule: FieldRule, row: SourceRow) -> str:
    """Return what a rule makes of a row. Raises ConfigError `points.source`."""
    text = rule.filled(row.cells)
    if rule.strip_leading:
        text = text.lstrip(rule.strip_leading)
    if rule.values and text:
        known = rule.values.get(text, rule.otherwise)
        if known is None:
            values = ", ".join(rule.values)
            raise ConfigError("points.source", f"{text!r} is not in the map's values ({values})")
        text = known
    return text or rule.default or ""


def _number(text: str, form: SourceForm) -> Decimal | int:
    plain = text.replace(form.thousands, "") if form.thousands else text
    if form.decimal == ",":
        if "." in plain:
            raise ConfigError("points.source", f"{text!r} is no number with a decimal comma")
        plain = plain.replace(",", ".")
    if not _NUMBER.match(plain):
        raise ConfigError("points.source", f"{text!r} is no number with the decimal mark {form.decimal!r}")
    number = Decimal(plain)
    return int(number) if number == number.to_integral_value() else number
