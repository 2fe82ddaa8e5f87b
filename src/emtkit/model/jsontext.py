"""JSON with exact numbers: a Decimal is written with all its digits, never through float."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from json.encoder import encode_basestring, encode_basestring_ascii  # the first keeps umlauts readable
from typing import Any, Final

# Half a character: legal in JSON as an escape, but no UTF-8 file can hold it.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# Digits before or after the point. Nothing that is measured has more; writing 1e999999999 out would never end.
_MAX_DIGITS: Final = 1000


def dumps(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return compact JSON text (one line). Dicts, lists, tuples, str, int, bool, None and Decimal."""
    if isinstance(value, str):
        return _text(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, Decimal):
        return format(value, "f") if value.is_finite() else "null"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_text(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumps, value)) + "]"
    raise TypeError(f"not a JSON value: {type(value).__name__}")


def _text(value: str) -> str:
    if value.isascii() or _SURROGATE.search(value) is None:
        return encode_basestring(value)
    return encode_basestring_ascii(value)


def loads(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON; numbers with a point become Decimal, so that nothing is lost.

    Raises ValueError for what is no JSON, and for what no sensible sender writes: NaN, numbers of more than
    1000 digits, lists nested without end.
    """
    try:
        return json.loads(text, parse_float=_number, parse_constant=_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError:
        raise ValueError("a number out of all bounds") from None
    if len(text) > _MAX_DIGITS or abs(value.adjusted()) > _MAX_DIGITS:
        raise ValueError(f"a number of more than {_MAX_DIGITS} digits")
    return value


def _constant(name: str) -> Any:  # noqa: ANN401 - it never returns
    raise ValueError(f"{name} is no JSON number")
