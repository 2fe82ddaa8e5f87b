"""Authentication and fragmentation layer, CI 90 (EN 13757-7:2018, clause 6).

90 AFLL FCL(2) [MCL(1)] [KI(2)] [MCR(4)] [MAC(n)] [ML(2)]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.wire.view import View, join, nowhere

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

LAYER: Final = "mbus.afl"

# MCL bits 3-0: authentication type -> (name, length of the MAC)
AUTHENTICATION: Final[dict[int, tuple[str, int]]] = {
    0: ("none", 0),
    3: ("AES-CMAC-128, 2 bytes", 2),
    4: ("AES-CMAC-128, 4 bytes", 4),
    5: ("AES-CMAC-128, 8 bytes", 8),
    6: ("AES-CMAC-128, 12 bytes", 12),
    7: ("AES-CMAC-128, 16 bytes", 16),
    8: ("AES-GMAC-128, 12 bytes", 12),
    9: ("AES-GMAC-128, 16 bytes", 16),
}

_MORE: Final = 0x4000
_MCL: Final = 0x2000
_LENGTH: Final = 0x1000
_COUNTER: Final = 0x0800
_MAC: Final = 0x0400
_KEY: Final = 0x0200


class Afl(NamedTuple):
    """An AFL header.

    fragment      0 unfragmented, else 1..255
    more          more fragments follow
    mcl           message control byte, None if absent
    key_info      KI field, None if absent
    counter       message counter, None if absent
    mac           the MAC, empty if absent
    length        ML field: length of the whole message behind the AFL, None if absent
    covered       the bytes of MCL, KI, MCR and ML as they stand: what the MAC covers besides the message
    mac_at        view offsets of the MAC
    """

    fragment: int = 0
    more: bool = False
    mcl: int | None = None
    key_info: int | None = None
    counter: int | None = None
    mac: bytes = b""
    length: int | None = None
    covered: bytes = b""
    mac_at: tuple[int, int] = (0, 0)

    @property
    def authentication(self) -> int:
        """Return the authentication type."""
        return 0 if self.mcl is None else self.mcl & 0x0F


def read_afl(cur: Cursor) -> Afl:
    """Read the AFL behind its CI field. The cursor stands behind it afterwards."""
    cur.layer = LAYER
    size = cur.u8("afl_length")
    cur.note(f"{size} bytes of AFL follow")
    if size > cur.left:
        raise cur.short(size, "afl")
    stop, outer = cur.pos + size, cur.end
    cur.end = stop
    fcl = cur.u16("fragmentation_control")
    cur.note(f"fragment {fcl & 0xFF}{', more follow' if fcl & _MORE else ''}" if fcl & 0xFF else "not fragmented")
    mcl = key_info = counter = length = None
    covered, mac, mac_at = b"", b"", (0, 0)
    if fcl & _MCL:
        mcl = cur.u8("message_control")
        covered += bytes((mcl,))
        cur.note(f"authentication: {AUTHENTICATION.get(mcl & 15, ('reserved', 0))[0]}")
    if fcl & _KEY:
        key_info = cur.u16("key_information")
        covered += key_info.to_bytes(2, "little")
    if fcl & _COUNTER:
        counter = cur.u32("message_counter")
        covered += counter.to_bytes(4, "little")
        cur.note(f"message counter {counter}")
    if fcl & _MAC:
        known = AUTHENTICATION.get((mcl or 0) & 15, ("", 0))[1]
        size = known or cur.left - (2 if fcl & _LENGTH else 0)
        mac_at = (cur.pos, cur.pos + size)
        mac = cur.take(max(size, 0), "mac")
        cur.note("MAC over the message, before decryption")
    if fcl & _LENGTH:
        length = cur.u16("message_length")
        covered += length.to_bytes(2, "little")
        cur.note(f"the message has {length} bytes")
    if cur.left:
        cur.rest("afl_rest")
    cur.end = outer
    return Afl(fcl & 0xFF, bool(fcl & _MORE), mcl, key_info, counter, mac, length, covered, mac_at)


class Reassembly:
    """Joins the fragments of messages, one message per sender at a time. Lives in a `Memory`."""

    MAX_SENDERS: Final = 1024
    MAX_BYTES: Final = 65536

    def __init__(self) -> None:
        """Start empty."""
        self._open: dict[bytes, tuple[Afl, int, list[bytes]]] = {}

    def add(self, sender: bytes, afl: Afl, piece: View) -> tuple[Afl, View] | str:
        """Take a fragment: return the first fragment's header and the whole message, or what is being waited for.

        Earlier fragments stand nowhere in the present input. A fragment out of order drops the message.
        """
        if afl.fragment == 1:
            if len(self._open) >= self.MAX_SENDERS:
                self._open.pop(next(iter(self._open)))
            self._open[sender] = (afl, 1, [piece.data])
            return "fragment 1 is kept until the others come" if afl.more else self._whole(sender, piece)
        known = self._open.get(sender)
        if known is None:
            return f"fragment {afl.fragment} came, but the first fragment was not received"
        head, last, pieces = known
        if afl.fragment == last:
            return f"fragment {afl.fragment} was received twice"
        if afl.fragment != last + 1 or sum(map(len, pieces)) + len(piece) > self.MAX_BYTES:
            del self._open[sender]
            return f"fragment {afl.fragment} came after fragment {last}: the message is lost"
        pieces.append(piece.data)
        self._open[sender] = (head, afl.fragment, pieces)
        return f"fragment {afl.fragment} is kept until the others come" if afl.more else self._whole(sender, piece)

    def _whole(self, sender: bytes, last: View) -> tuple[Afl, View]:
        head, _, pieces = self._open.pop(sender)
        if len(pieces) > 1:  # the MAC stands in another telegram
            head = head._replace(mac_at=(0, 0))
        return head, join([*(nowhere(piece, "joined") for piece in pieces[:-1]), last], "joined")


def build_afl(
    *, mcl: int | None = None, counter: int | None = None, mac: bytes = b"", length: int | None = None,
    fragment: int = 0, more: bool = False,
) -> bytes:  # fmt: skip
    """Return CI 90 and the AFL header."""
    fcl = fragment | (_MORE if more else 0)
    body = b""
    if mcl is not None:
        fcl |= _MCL
        body += bytes((mcl,))
    if counter is not None:
        fcl |= _COUNTER
        body += counter.to_bytes(4, "little")
    if mac:
        fcl |= _MAC
        body += mac
    if length is not None:
        fcl |= _LENGTH
        body += length.to_bytes(2, "little")
    return bytes((0x90, len(body) + 2)) + fcl.to_bytes(2, "little") + body
