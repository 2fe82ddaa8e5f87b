"""APDUs that carry another APDU: ciphered, signed, or in blocks.

Source: IEC 62056-5-3, General-Glo-Ciphering, General-Ciphering, General-Signing, General-Block-Transfer;
Green Book, 9.2.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import axdr_length, codec, tags
from emtkit.protocols.dlms.apdu_form import Form, form
from emtkit.protocols.dlms.codec import LAYER, Codec, option

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

MAC_SIZE: Final = 12

SUITE: Final = 0x0F
AUTHENTICATED: Final = 0x10
ENCRYPTED: Final = 0x20
BROADCAST: Final = 0x40
COMPRESSED: Final = 0x80


class Protected(NamedTuple):
    """Protected content: security control, invocation counter, content, authentication tag.

    content    cipher text, or plain text where it is only authenticated
    mac        12 octets; empty where nothing is authenticated
    place      where `content` stands in the view
    """

    control: int
    counter: int
    content: bytes
    mac: bytes
    place: tuple[int, int] = (-1, -1)

    @property
    def suite(self) -> int:
        """Return the security suite id."""
        return self.control & SUITE

    @property
    def authenticated(self) -> bool:
        """Say whether there is an authentication tag."""
        return bool(self.control & AUTHENTICATED)

    @property
    def encrypted(self) -> bool:
        """Say whether the content is encrypted."""
        return bool(self.control & ENCRYPTED)


class Ciphered(NamedTuple):
    """A glo- or ded-ciphered service APDU. Whose system title is in the nonce follows from the association."""

    tag: int
    protected: Protected


class GeneralGlo(NamedTuple):
    """An APDU ciphered with the global key; the system title of the sender comes along."""

    title: bytes
    protected: Protected


class GeneralDed(NamedTuple):
    """An APDU ciphered with the dedicated key; the system title of the sender comes along."""

    title: bytes
    protected: Protected


class IdentifiedKey(NamedTuple):
    """The key is one that both sides have: 0 global unicast, 1 global broadcast."""

    key_id: int


class WrappedKey(NamedTuple):
    """The key is sent along, wrapped with another (0: master key)."""

    kek_id: int
    wrapped: bytes


class AgreedKey(NamedTuple):
    """The key is agreed: `parameters` says how (1: one-pass, 2: static unified), `ciphered` has the public part."""

    parameters: bytes
    ciphered: bytes


class GeneralCiphering(NamedTuple):
    """An APDU ciphered with a key of its own; the header is authenticated too."""

    transaction_id: bytes
    originator: bytes
    recipient: bytes
    time: bytes
    other: bytes
    key: IdentifiedKey | WrappedKey | AgreedKey | None
    protected: Protected


class GeneralSigning(NamedTuple):
    """An APDU with a signature."""

    transaction_id: bytes
    originator: bytes
    recipient: bytes
    time: bytes
    other: bytes
    content: Carried
    signature: bytes


class Carried(NamedTuple):
    """An APDU, or a piece of one, and where it stands in the view."""

    content: bytes
    place: tuple[int, int] = (-1, -1)


class GeneralBlockTransfer(NamedTuple):
    """A piece of an APDU. `ack` is the last block received from the other side."""

    control: int
    number: int
    ack: int
    piece: Carried

    @property
    def last(self) -> bool:
        """Say whether this is the last block."""
        return bool(self.control & 0x80)

    @property
    def streaming(self) -> bool:
        """Say whether more blocks follow without being asked for."""
        return bool(self.control & 0x40)

    @property
    def window(self) -> int:
        """Return how many blocks the sender takes in a row; 0 for unconfirmed pushes."""
        return self.control & 0x3F


def control_text(control: int) -> str:
    """Return a security control octet for people."""
    bits = (
        (AUTHENTICATED, "authenticated"),
        (ENCRYPTED, "encrypted"),
        (BROADCAST, "broadcast key"),
        (COMPRESSED, "compressed"),
    )
    return ", ".join([f"suite {control & SUITE}", *(name for bit, name in bits if control & bit)])


def _read_protected(cur: Cursor) -> Protected:
    size = axdr_length.read(cur, "ciphered content length")
    if size > cur.left:
        raise cur.short(size, "ciphered content")
    stop = cur.pos + size
    control = cur.u8("security control")
    if cur.tracing:
        cur.note(control_text(control))
    counter = cur.u32be("invocation counter")
    cur.note(f"invocation counter {counter}")
    mac_size = MAC_SIZE if control & AUTHENTICATED else 0
    place = (cur.pos, stop - mac_size)
    if place[1] < place[0]:
        low, high = cur.place(cur.pos, stop)
        raise DecodeError(
            "dlms.security.short",
            f"{size} bytes cannot hold security control, counter and tag (offset {low})",
            layer=LAYER,
            start=low,
            end=high,
        )
    content = cur.take(place[1] - place[0], "ciphered content")
    cur.note("encrypted" if control & ENCRYPTED else "not encrypted")
    mac = cur.take(mac_size, "authentication tag")
    if mac_size:
        cur.note("authentication tag")
    return Protected(control, counter, content, mac, place)


def _write_protected(out: bytearray, value: Protected) -> None:
    raw = bytes((value.control,)) + value.counter.to_bytes(4, "big") + value.content + value.mac
    axdr_length.write_octets(out, raw)


def _read_carried(cur: Cursor) -> Carried:
    size = axdr_length.read(cur, "content length")
    start = cur.pos
    return Carried(cur.take(size, "content"), (start, start + size))


PROTECTED: Final = Codec(_read_protected, _write_protected)
_CONTENT: Final = Codec(_read_carried, lambda out, value: axdr_length.write_octets(out, value.content))
_TITLE: Final = codec.octet_string("system title")
_HEADER: Final = (
    codec.octet_string("transaction id"),
    codec.octet_string("originator system title"),
    codec.octet_string("recipient system title"),
    codec.octet_string("date-time"),
    codec.octet_string("other information"),
)
_KEY_INFO: Final = codec.optional(
    codec.choice(
        "key info",
        option(0, IdentifiedKey, codec.unsigned(1, "key id")),
        option(1, WrappedKey, codec.unsigned(1, "kek id"), codec.octet_string("wrapped key")),
        option(2, AgreedKey, codec.octet_string("key parameters"), codec.octet_string("key data")),
    ),
    "key info",
)

FORMS: Final = (
    form(GeneralGlo, tags.GENERAL_GLO, None, _TITLE, PROTECTED),
    form(GeneralDed, tags.GENERAL_DED, None, _TITLE, PROTECTED),
    form(GeneralCiphering, tags.GENERAL_CIPHERING, None, *_HEADER, _KEY_INFO, PROTECTED),
    form(GeneralSigning, tags.GENERAL_SIGNING, None, *_HEADER, _CONTENT, codec.octet_string("signature")),
    form(
        GeneralBlockTransfer,
        tags.GENERAL_BLOCK_TRANSFER,
        None,
        codec.unsigned(
            1,
            "block control",
            lambda value: (
                f"window {value & 0x3F}"
                + (", streaming" if value & 0x40 else "")
                + (", last block" if value & 0x80 else "")
            ),
        ),
        codec.unsigned(2, "block number"),
        codec.unsigned(2, "acknowledged block"),
        _CONTENT,
    ),
)


def ciphered_form(tag: int) -> Form | None:
    """Return the form of a glo- or ded-ciphered service APDU, None if the tag is no such."""
    if tag not in tags.GLO and tag not in tags.DED:
        return None
    return Form(Ciphered, tag, None, (Codec(lambda _cur: tag, lambda _out, _value: None), PROTECTED))
