"""What the package offers to detection and to other protocols; the decoder itself is loaded when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emtkit.protocols.dlms.framing import sniff

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.decoded import Decoded
    from emtkit.model.series import Series
    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.session import LinkKey
    from emtkit.wire.view import View


class Decoder:
    """The DLMS/COSEM decoder (see protocols.context.Decoder)."""

    name = "dlms"

    def sniff(self, data: bytes) -> int:
        """Return 0..100."""
        return sniff(data)

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one input: frames of one transport, or an APDU without any, or bare A-XDR data."""
        from emtkit.protocols.dlms.decode import decode

        return decode(view, ctx)

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Return the telegrams of a stream: frames that belong together (segments, blocks) are one."""
        from emtkit.protocols.dlms.grouping import telegrams

        return telegrams(data)

    def series(self, decoded: Decoded) -> list[Series]:
        """Return the buffers of Profile Generic objects that have a capture period."""
        from emtkit.protocols.dlms.profile import load_profiles

        return load_profiles(decoded)


DECODER: Final = Decoder()


def decode_apdu(view: View, ctx: Context, link: LinkKey = ("embedded", "", "")) -> Decoded:
    """Decode one APDU that came in another protocol (M-Bus CI 7C and 7D, CMS of a gateway).

    `link` says whose APDU it is, where pieces of several frames belong together.
    """
    from emtkit.protocols.dlms.decode import decode_apdu as decode

    return decode(view, ctx, link)
