"""What a capture gives: frames with their surroundings, and failures for lines that are no frame."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.model.decoded import NO_ORIGIN, Origin
from emtkit.model.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtkit.keys import GivenKeys
    from emtkit.model.errors import EmtkitError

NO_HINTS: Final[Mapping[str, Any]] = MappingProxyType({})


class CaptureFrame(NamedTuple):
    """One frame of a capture.

    data      the frame's bytes, as the receiver gave them
    origin    file, line, the sender's id, reception time (aware), RSSI in dBm
    hints     what the recording says besides: `fport`, `fcnt` (int), `device`, `dev_eui` (str), `uplink` (what a
              LoRaWAN network server said), `system_title` (bytes), `offset` (place in a binary stream),
              `frame_format` (`A`, `B`), `mode` (`T1` ...), `lqi`, `level` (a receiver's own scale), `seconds` (since
              the start of the recording), `dongle_clock`
    keys      keys that came with the frame, or None
    protocol  the protocol the recording names, or None
    notes     findings of the capture reader; they belong to the frame's diagnostics
    """

    data: bytes
    origin: Origin = NO_ORIGIN
    hints: Mapping[str, Any] = NO_HINTS
    keys: GivenKeys | None = None
    protocol: str | None = None
    notes: tuple[Diagnostic, ...] = ()


class CaptureFailure(NamedTuple):
    """A line or message that should be a frame and is none.

    `raw` holds its bytes where they could be read; `notes` are further findings, as on frames.
    """

    error: EmtkitError
    origin: Origin = NO_ORIGIN
    raw: bytes = b""
    notes: tuple[Diagnostic, ...] = ()


CaptureItem = CaptureFrame | CaptureFailure


def note(severity: Severity, code: str, message: str, field: str = "") -> Diagnostic:
    """Build a finding of a capture reader; it has no place in the frame's bytes."""
    return Diagnostic(severity, code, "capture", field, None, None, message)
