"""The protocol's face: how sure some bytes are this protocol, one telegram to a result, a stream to telegrams."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.decoded import NO_SECURITY, Decoded, Security
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.model.meter_id import MeterId
from emtkit.protocols.iec62056_21.messages import block_check
from emtkit.protocols.iec62056_21.security import GENERAL_GLO_CIPHERING, ciphered_end, open_telegram
from emtkit.protocols.iec62056_21.splitter import Splitter
from emtkit.protocols.iec62056_21.telegram import Telegram
from emtkit.wire.checksums import crc16_arc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emtkit.model.decoded import Check
    from emtkit.model.reading import Reading
    from emtkit.model.series import Series
    from emtkit.protocols.context import Context
    from emtkit.wire.view import View

NAME: Final = "iec62056_21"

_HEAD: Final = 4096
_P1: Final = re.compile(rb"[\r\n\0 ]*(/[A-Za-z]{3}[\x02\t\r\n\x20\x22-\x7e]*+!)([0-9A-Fa-f]{1,4})[ \t]*[\r\n]")
_IDENTIFICATION: Final = re.compile(rb"[\r\n\0 ]*/[A-Za-z]{3}[\x02\x20-\x7e]{0,100}[\r\n]")
_COMMAND: Final = re.compile(rb"\x01[A-Z][0-9](?:\x02[\t\r\n\x20-\x7e]*)?[\x03\x04]")
_BLOCK: Final = re.compile(rb"\x02[\t\r\n\x20-\x7e]*[\x03\x04]")
_SELECT: Final = re.compile(rb"\x06[0-2][0-9A-F][0-9]\r?\n")
_REQUEST: Final = re.compile(rb"[\r\n\0 ]*/\?[ -~]{0,32}!\r?\n")
_SET: Final = re.compile(rb"(?:^|[\r\n)\x02])[0-9CFLP][0-9A-Z:.*&-]{0,24}\([^()\r\n]*\)")
_BARE: Final = re.compile(rb"[\r\n\0 ]*(?:\(ER(?:ROR|\d+)\)|(?:\([-+0-9.*]*\))+)[\r\n]*\Z")
_CODE: Final = re.compile(r"([1-9])-\d+:(\d+)")
_MEDIA: Final = {"1": "electricity", "6": "heat", "7": "gas", "8": "water", "9": "warm water"}
_PARITY: Final = bytes(0 if value.bit_count() % 2 else 1 for value in range(256))


def sniff(data: bytes) -> int:
    """Return how sure these bytes are a text telegram: 100 with a right checksum, 0 if not at all."""
    if not data:
        return 0
    if data[0] == GENERAL_GLO_CIPHERING:
        return 55 if ciphered_end(data, 0) == len(data) else 30 if ciphered_end(data, 0) else 0
    if not data[:_HEAD].isascii():
        data = _seven_bits(data[:_HEAD])
    found = _P1.match(data)
    if found is not None:
        return 100 if crc16_arc(found[1]) == int(found[2], 16) else 85
    for pattern in (_COMMAND, _BLOCK):
        found = pattern.match(data)
        if found is not None:
            if found.end() < len(data) and block_check(found[0]) == data[found.end()] & 0x7F:
                return 100
            return 70 if pattern is _COMMAND or _SET.search(found[0]) else 0
    head = data[:_HEAD]
    if _IDENTIFICATION.match(head) is not None:
        return 90
    if _SELECT.match(head) is not None or _REQUEST.match(head) is not None:
        return 80
    found = _SET.search(head)
    if found is not None:
        return 70 if not found.start() else 40
    return 30 if _BARE.match(head) is not None else 0


def decode(view: View, ctx: Context) -> Decoded:
    """Decode one telegram: readout, data block, command, load profile, P1, encrypted or not.

    Raises DecodeError `iec62056_21.frame.none` when nothing of the protocol is there, Truncated and
    UnsupportedError for a broken security header. A wrong checksum is an error diagnostic: the values stay
    visible, and the state is `partial`.
    """
    security, layers, checks = NO_SECURITY, [], []
    meter: MeterId | None = None
    plain: View | None = view
    if view.data[:1] == bytes((GENERAL_GLO_CIPHERING,)):
        opened = open_telegram(view, 0, ctx)
        security, plain, meter = opened.security, opened.plain, opened.meter
        layers.append(opened.header)
        checks += [opened.check] if opened.check is not None else []
        if opened.end < len(view.data):
            _report_trailing(view, opened.end, ctx)
    if plain is None:
        return _result(ctx, view, meter, security, [], layers, checks, ())
    if not plain.data.isascii():
        bits = _seven_bits(plain.data)
        plain = plain if bits is plain.data else plain.replace(bits, "seven bits")
    telegram = Telegram.over(plain, ctx)
    telegram.walk()
    values = telegram.values
    if not telegram.found:
        raise DecodeError(
            "iec62056_21.frame.none",
            "no identification, command or data set of IEC 62056-21 in these bytes",
            layer=NAME,
            start=0,
            end=len(view.data),
        )
    values.finish()
    layers += [*telegram.layers, *values.layers]
    checks += telegram.checks
    return _result(ctx, view, _meter(telegram, meter), security, values.readings, layers, checks, tuple(values.status))


def split(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each telegram of a stream stands; what is none between them is left out."""
    splitter = Splitter()
    for frame in (*splitter.feed(data), *splitter.eof()):
        yield frame.start, frame.end


class Decoder:
    """The decoder that the registry finds."""

    name = NAME

    def sniff(self, data: bytes) -> int:
        """Return 0..100."""
        return sniff(data)

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one telegram."""
        return decode(view, ctx)

    def split(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Yield the telegrams of a stream."""
        return split(data)

    def series(self, decoded: Decoded) -> list[Series]:
        """Return the load profiles P.01 and P.02 (see series.profiles)."""
        from emtkit.protocols.iec62056_21.series import load_profiles

        return load_profiles(decoded)


DECODER: Final = Decoder()


def _seven_bits(data: bytes) -> bytes:
    """Take off the parity bit (7E1 read as 8N1) if there is one and all of it is right."""
    if data.isascii() or sum(data.translate(_PARITY)) != len(data):
        return data
    return bytes(byte & 0x7F for byte in data)


def _meter(telegram: Telegram, sealed: MeterId | None) -> MeterId | None:
    """Return who the meter is: its number from the registers, its maker from the identification."""
    session, values = telegram.session, telegram.values
    identification = telegram.identification or session.identification
    identifier = session.identifier = values.identifier() or session.identifier
    serial = session.serial = values.serial() or session.serial
    if telegram.over_with:
        session.close()
    if serial is None and identification is None:
        return sealed
    maker = identification.manufacturer if identification is not None else None
    if identifier is not None:
        maker = identifier[1:4]
        serial = identifier[6:] if serial in (None, identifier) else serial
    if serial is None and sealed is not None:
        serial = sealed.id
    return MeterId(maker, serial or "", medium=_medium(telegram), identifier=identifier)


def _medium(telegram: Telegram) -> str | None:
    """Return what the meter measures: the medium of its first register that is no general object (C below 96)."""
    if telegram.values.heat:
        return "heat"
    for reading in telegram.values.readings:
        if reading.obis is not None and (medium := _medium_of(reading.obis)) is not None:
            return medium
    return None


@lru_cache(maxsize=1024)
def _medium_of(obis: str) -> str | None:
    found = _CODE.match(obis)
    return _MEDIA.get(found[1]) if found is not None and 0 < int(found[2]) < 96 else None


def _report_trailing(view: View, start: int, ctx: Context) -> None:
    end = len(view.data)
    ctx.info(
        "iec62056_21.frame.trailing",
        f"{end - start} bytes after the telegram",
        layer=NAME,
        field="data",
        view=view,
        start=start,
        end=end,
    )
    if ctx.trace is not None:
        ctx.trace.add(view, start, end, NAME, "unreadable", "behind the telegram")


def _result(
    ctx: Context,
    view: View,
    meter: MeterId | None,
    security: Security,
    readings: list[Reading],
    layers: list[Any],
    checks: list[Check],
    status: tuple[str, ...],
) -> Decoded:
    clean = not ctx.diagnostics or all(found.severity is Severity.INFO for found in ctx.diagnostics)
    closed = security.verdict in ("key_missing", "key_wrong", "mac_invalid", "unsupported")
    return Decoded(
        NAME,
        "opaque" if closed else "complete" if clean else "partial",
        meter,
        security,
        readings,
        ctx.diagnostics,
        status,
        tuple(layers),
        tuple(checks),
        raw=view.data,
    )
