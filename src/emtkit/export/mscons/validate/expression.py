"""Expressions of the AHB: `Muss [92] ⊻ [94]`, `X ([902] ∧ [906]) ∨ ([902] ∧ [907] [48])`, `X [4P0..1]`.

Four answers are possible, because a message does not say everything: a condition holds, does not hold, cannot be
decided from the message (roles, orders, master data), or is a hint that never binds.
Source: EDI@Energy Allgemeine Festlegungen 6.1d, chapter on the notation of the AHB.
"""

# ruff: noqa: RUF001, RUF002 - the signs of the AHB
from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Operand = Literal["Muss", "Soll", "Kann", "X"]
Operator = Literal["∧", "∨", "⊻"]

_OPERANDS: Final[dict[str, Operand]] = {
    "Muss": "Muss", "Soll": "Soll", "Kann": "Kann", "X": "X", "M": "Muss", "S": "Soll", "K": "Kann"
}  # fmt: skip
_STATUS: Final = re.compile(r"(Muss|Soll|Kann|[XMSK])(?=\s|\[|\(|\Z)")
_TOKEN: Final = re.compile(r"\s*(\[[^\]]+\]|[∧∨⊻()])")
# weakest first; two conditions side by side are bound by ∧ more tightly than any sign
_BY_STRENGTH: Final[tuple[Operator, ...]] = ("⊻", "∨", "∧")


class Truth(Enum):
    """What a message says of a condition."""

    YES = "holds"
    NO = "does not hold"
    OPEN = "not decidable from the message"
    HINT = "a hint"


class Join(NamedTuple):
    """Parts bound by one operator."""

    operator: Operator
    parts: tuple[Node, ...]


# A condition is its name without brackets: `931`, `UB1`, `4P0..1`.
Node = Join | str


class Requirement(NamedTuple):
    """One operand with its condition, None for always."""

    operand: Operand
    condition: Node | None


@lru_cache(maxsize=1024)
def parse_status(text: str) -> tuple[Requirement, ...]:
    """Read a status of the AHB. More than one operand is possible: `Soll [1] Muss [32] ∧ [33]`.

    Raises ConfigError `mscons_check.expression`.
    """
    starts = list(_STATUS.finditer(text))
    if not starts or text[: starts[0].start()].strip():
        raise _unreadable(text)
    ends = [match.start() for match in starts[1:]] + [len(text)]
    found = []
    for match, end in zip(starts, ends, strict=True):
        body = text[match.end() : end].strip()
        found.append(Requirement(_OPERANDS[match[1]], parse_expression(body) if body else None))
    return tuple(found)


def parse_expression(text: str) -> Node:
    """Read conditions and operators. Raises ConfigError `mscons_check.expression`."""
    tokens = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unreadable(text)
        tokens.append(match[1])
        position = match.end()
    node, rest = _read(tokens, 0, 0)
    if rest != len(tokens):
        raise _unreadable(text)
    return node


def _read(tokens: list[str], index: int, level: int) -> tuple[Node, int]:
    if level == len(_BY_STRENGTH):
        return _read_neighbours(tokens, index)
    operator = _BY_STRENGTH[level]
    node, index = _read(tokens, index, level + 1)
    parts = [node]
    while index < len(tokens) and tokens[index] == operator:
        node, index = _read(tokens, index + 1, level + 1)
        parts.append(node)
    return (parts[0] if len(parts) == 1 else Join(operator, tuple(parts))), index


def _read_neighbours(tokens: list[str], index: int) -> tuple[Node, int]:
    parts: list[Node] = []
    while index < len(tokens) and (tokens[index] == "(" or tokens[index][0] == "["):
        if tokens[index] == "(":
            node, index = _read(tokens, index + 1, 0)
            if index >= len(tokens) or tokens[index] != ")":
                raise _unreadable(" ".join(tokens))
        else:
            node = tokens[index][1:-1].strip()
        parts.append(node)
        index += 1
    if not parts:
        raise _unreadable(" ".join(tokens))
    return (parts[0] if len(parts) == 1 else Join("∧", tuple(parts))), index


def _unreadable(text: str) -> ConfigError:
    return ConfigError("mscons_check.expression", f"no expression of an AHB: {text!r}")


def decide(node: Node | None, holds: Callable[[str], Truth]) -> Truth:
    """Return what the message says of an expression; `holds` answers for one condition."""
    if node is None:
        return Truth.YES
    if isinstance(node, str):
        return holds(node)
    answers = [decide(part, holds) for part in node.parts]
    return _DECIDE[node.operator](answers)


def _all(answers: list[Truth]) -> Truth:
    for answer in (Truth.NO, Truth.OPEN, Truth.YES):
        if answer in answers:
            return answer
    return Truth.HINT


def _any(answers: list[Truth]) -> Truth:
    if Truth.YES in answers:
        return Truth.YES
    return _without_yes(answers)


def _one(answers: list[Truth]) -> Truth:
    if Truth.YES not in answers:
        return _without_yes(answers)
    if Truth.OPEN in answers or Truth.HINT in answers:
        return Truth.OPEN
    return Truth.YES if answers.count(Truth.YES) == 1 else Truth.NO


def _without_yes(answers: list[Truth]) -> Truth:
    """An alternative that is only a hint may be the one that was meant."""
    if len(set(answers)) == 1:
        return answers[0]
    return Truth.OPEN


_DECIDE: Final = {"∧": _all, "∨": _any, "⊻": _one}


def conditions_of(node: Node | None) -> Iterator[str]:
    """Give the names of all conditions of an expression."""
    if isinstance(node, str):
        yield node
    elif node is not None:
        for part in node.parts:
            yield from conditions_of(part)
