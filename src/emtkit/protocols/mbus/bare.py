"""M-Bus without a link layer: an application layer from its CI field on, or records alone.

Standards print their examples like this, LoRaWAN meters send it, and technicians paste it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.model.decoded import Decoded
from emtkit.protocols.mbus.application import finish, read_application, read_record_bytes, sound_records
from emtkit.protocols.mbus.ci import ci_info
from emtkit.wire.cursor import Cursor
from emtkit.wire.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.protocols.context import Context

_HEADER_SIZE: Final = {"none": 1, "short": 5, "long": 13}


class ApplicationDecoder:
    """An application layer from its CI field on."""

    name: Final = "mbus-apl"

    def sniff(self, data: bytes) -> int:
        """Return a low 20 where a CI field is followed by sound records or a format frame: other protocols go first."""
        if len(data) < 3:
            return 0
        ci = ci_info(data[0])
        if ci.content == "records":
            return 20 if 0x66 < ci.code < 0x80 and sound_records(View(data), _HEADER_SIZE[ci.header]) else 0
        return 18 if ci.content in {"compact", "format"} and len(data) > _HEADER_SIZE[ci.header] + 3 else 0

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode from the CI field on."""
        out = Decoded(self.name, "complete", raw=view.data)
        read_application(Cursor(view, "mbus.apl", trace=ctx.trace), ctx, out, None)
        return finish(out, ctx)

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """One input is one message."""
        return ((0, len(data)),) if data else ()


class RecordsDecoder:
    """Records alone."""

    name: Final = "mbus-records"

    def sniff(self, data: bytes) -> int:
        """Return a low 10 for sound records."""
        return 10 if len(data) >= 3 and sound_records(View(data), 0) else 0

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode all records."""
        out = Decoded(self.name, "complete", raw=view.data)
        read_record_bytes(view, 0, ctx, out)
        return finish(out, ctx)

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """One input is one row of records."""
        return ((0, len(data)),) if data else ()


APPLICATION: Final = ApplicationDecoder()
RECORDS: Final = RecordsDecoder()
