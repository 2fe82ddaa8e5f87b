"""Diagnostics: what a decoder noticed and could go on from."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple


class Severity(StrEnum):
    """How bad it is. `strict=True` raises from warning upwards."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Diagnostic(NamedTuple):
    """One finding: stable code, layer, field path, byte range in the user's input, and a sentence.

    `start` and `end` are None where the finding has no place in the input (a missing key, say).
    """

    severity: Severity
    code: str
    layer: str
    field: str
    start: int | None
    end: int | None
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (DESIGN section 3)."""
        return {**self._asdict(), "severity": self.severity.value}
