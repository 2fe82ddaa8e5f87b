"""Decoded: what became of one input frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from emtkit.model.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from datetime import datetime

    from emtkit.model.errors import EmtkitError
    from emtkit.model.meter_id import MeterId
    from emtkit.model.reading import Reading

SCHEMA: Final = 1

State = Literal["complete", "partial", "opaque", "failed"]
Verdict = Literal[
    "none", "decrypted", "already_decrypted", "key_missing", "key_wrong", "mac_invalid", "unsupported"
]  # fmt: skip


class Security(NamedTuple):
    """The security verdict.

    mode     the protocol's security mode, None where the frame has no such field
    verdict  `none` (plain), `decrypted`, `already_decrypted` (marked encrypted, found plain), `key_missing`,
             `key_wrong`, `mac_invalid`, `unsupported`
    key      label of the key that was used
    verified True: an authentication tag was checked and is right; False: wrong; None: there is none, or it
             could not be checked
    """

    mode: int | None = None
    verdict: Verdict = "none"
    key: str | None = None
    verified: bool | None = None


NO_SECURITY: Final = Security()


class Check(NamedTuple):
    """One verification that was done on the way: a CRC, checksum, MAC, signature.

    `ok` is None when the check was not possible (no key). Offsets are those of the user's input.
    """

    name: str
    ok: bool | None
    detail: str
    start: int | None = None
    end: int | None = None


class Origin(NamedTuple):
    """Where a frame came from: file and line, the sender's own id, and when it was received."""

    source: str | None = None
    line: int | None = None
    id: str | None = None
    received_at: datetime | None = None
    rssi: int | None = None


NO_ORIGIN: Final = Origin()


@dataclass(slots=True)
class Decoded:
    """The result for one input frame.

    state        complete: everything is understood; partial: some records are not; opaque: the frame is sound but
                 its content stays closed (no key, unknown compact format ...); failed: not decodable
    status       what the meter says of itself (`low_power`, `permanent_error` ...)
    layers       the headers on the way, outermost first, as the protocol's own NamedTuples
    checks       every CRC, checksum and MAC that was looked at
    raw          the frame's bytes as the user gave them
    form         frames with the same form have the same registers in the same order, so that what a later stage
                 works out for one holds for all; None where nobody knows
    """

    protocol: str | None
    state: State
    meter: MeterId | None = None
    security: Security = NO_SECURITY
    readings: list[Reading] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    status: tuple[str, ...] = ()
    layers: tuple[Any, ...] = ()
    checks: tuple[Check, ...] = ()
    origin: Origin = NO_ORIGIN
    raw: bytes = b""
    form: object = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form (DESIGN section 3): all keys always, numbers as Decimal."""
        received = self.origin.received_at
        return {
            "schema": SCHEMA,
            "id": self.origin.id,
            "protocol": self.protocol,
            "state": self.state,
            "meter": None if self.meter is None else self.meter.to_dict(),
            "received_at": None if received is None else received.isoformat(),
            "security": {"mode": self.security.mode, "verdict": self.security.verdict},
            "status": list(self.status),
            "readings": [reading.to_dict() for reading in self.readings],
            "diagnostics": [diagnostic.to_dict() for diagnostic in self.diagnostics],
        }

    def layer(self, kind: type[Any]) -> Any:  # noqa: ANN401 - the caller names the type it gets
        """Return the first layer of this type, or None."""
        return next((layer for layer in self.layers if isinstance(layer, kind)), None)

    @classmethod
    def from_error(cls, error: EmtkitError, raw: bytes = b"", origin: Origin = NO_ORIGIN) -> Decoded:
        """Return the `failed` result for an input whose decoding raised."""
        diagnostic = Diagnostic(
            Severity.ERROR, error.code, error.layer, error.field, error.start, error.end, error.message
        )
        return cls(None, "failed", diagnostics=[diagnostic], origin=origin, raw=raw)
