"""The generic document of EMT platforms (`emt-json`): raw telegram, unmapped values, OBIS values; written and read.

A document is extended, not replaced, by each stage: `data.raw` has the telegram, `data.unmapped` what it says,
`data.obis` the registers with OBIS code and DLMS unit. The push body sends one telegram to another system.
Source: public pages of an EMT platform (docs/export-emt-json.md).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple, NoReturn

from emtkit.export.from_capture import device_of
from emtkit.export.registry import Report, Written
from emtkit.model.cosem_units import cosem_code
from emtkit.model.errors import DecodeError, EmtkitError, EncodeError
from emtkit.model.jsontext import dumps, loads
from emtkit.model.obis import Obis

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "emt-json"
SUFFIX: Final = ".jsonl"
TITLE: Final = "generic EMT documents (raw, unmapped, OBIS) or push bodies, one line per telegram"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False

VERSION: Final = 1
Encoding = Literal["hex", "b64", "none"]

# protocol -> type of the document, and of the push body
_TYPES: Final = {"wmbus": "omsraw", "mbus": "mbusraw", "lorawan": "lora"}
_PUSH_TYPES: Final = {"wmbus": "wmbus", "mbus": "mbus"}
_MAC: Final = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}\Z")
_CODE: Final = re.compile(r"[0-9A-Fa-f]{12}\Z")
_SECOND: Final = timedelta(seconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL: Final = re.compile(r"\d{8}\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What no telegram says is given here, and never invented.

    clsbox  MAC address of the CLS box: `AA:BB:CC:DD:EE:FF`
    uid     what the uids of telegrams without an id of their own begin with; a running number follows
    type    type of the documents; without it omsraw, mbusraw or lora, as the telegram is
    form    `document`, or `push` for the body of a push
    enc     of the telegram in a push: `hex` or `b64`
    """

    clsbox: str = ""
    uid: str = ""
    type: str = ""
    form: Literal["document", "push"] = "document"
    enc: Literal["hex", "b64"] = "hex"


class Value(NamedTuple):
    """A register: DLMS unit code and the scaled number."""

    u: int
    v: Decimal


@dataclass(slots=True)
class Document:
    """One document. What is None or empty is left out of its JSON form.

    device, server  unix seconds of the box and of the platform
    ownernumber     meter number; some platforms write it as a number
    encrypted       the telegram as it was received
    decrypted       the telegram in clear; for wired M-Bus a copy
    unmapped        what the telegram says, before OBIS codes
    obis            registers by the twelve hex digits of their OBIS code
    more            further keys of `data` (`lora` ...)
    """

    uid: str
    clsbox: str
    type: str
    device: int | None = None
    server: int | None = None
    ownernumber: str | int | None = None
    zpb: str | None = None
    rssi: int | None = None
    encrypted: bytes | None = None
    decrypted: bytes | None = None
    unmapped: Any = None
    obis: dict[str, Value] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form with Decimal numbers."""
        raw = {"encrypted": _base64(self.encrypted), "decrypted": _base64(self.decrypted)}
        data = {
            "ownernumber": self.ownernumber,
            "zpb": self.zpb,
            "rssi": self.rssi,
            "raw": _given(raw) or None,
            "unmapped": self.unmapped,
            "obis": {code: value._asdict() for code, value in self.obis.items()} or None,
        }
        return {
            "version": VERSION,
            "uid": self.uid,
            "clsbox": self.clsbox,
            "ts": _given({"device": self.device, "server": self.server}),
            "type": self.type,
            "data": {**_given(data), **self.more},
        }


class Push(NamedTuple):
    """The body of a push: `d` is a telegram, or with `enc` none any JSON value."""

    typ: str
    mac: str
    zpb: str
    ts: int
    d: Any
    enc: Encoding = "hex"
    kom: str = "clsf"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        body = self.d
        if isinstance(body, bytes):
            body = base64.b64encode(body).decode() if self.enc == "b64" else body.hex().upper()
        return {
            "typ": self.typ,
            "enc": self.enc,
            "kom": self.kom,
            "mac": self.mac,
            "zpb": self.zpb,
            "ts": self.ts,
            "d": body,
        }


def write(
    decoded: Iterable[Decoded], out: BinaryIO, *, points: Points | None = None, options: Options | None = None
) -> Report:
    """Write a document or push body per telegram, one line each.

    A telegram for which clsbox, uid, type, time or (for a push) zpb is not known is refused.
    """
    options = options or Options()
    report, lines = Report(), 0
    for number, frame in enumerate(report.taking(decoded), 1):
        try:
            made = document_of(frame, points, options, number)
            text = dumps(made.to_dict() if options.form == "document" else _push(frame, made, options).to_dict())
        except EmtkitError as error:
            report.refuse(frame.origin.id or f"telegram {number}", error)
        else:
            out.write(f"{text}\n".encode())
            lines += 1
    report.written.append(Written(None, f"{options.form} lines", lines))
    return report


def document_of(frame: Decoded, points: Points | None, options: Options, number: int) -> Document:
    """Return the document of a telegram. Raises EncodeError `emt.clsbox`, `emt.uid`, `emt.type`, `emt.time`."""
    if _MAC.match(options.clsbox) is None:
        raise EncodeError("emt.clsbox", f"the option clsbox is a MAC address AA:BB:CC:DD:EE:FF, not {options.clsbox!r}")
    uid = frame.origin.id or (f"{options.uid}{number}" if options.uid else "")
    if not uid:
        raise EncodeError("emt.uid", "the telegram has no id, and the option uid does not say how ids begin")
    kind = options.type or _TYPES.get(frame.protocol or "", "")
    if not kind:
        raise EncodeError("emt.type", f"the option type must say what documents of {frame.protocol} are called")
    if frame.origin.received_at is None:
        raise EncodeError("emt.time", "the capture does not say when the telegram was received")
    made = Document(
        uid,
        options.clsbox,
        kind,
        device=(frame.origin.received_at - _EPOCH) // _SECOND,
        rssi=frame.origin.rssi,
        encrypted=frame.raw or None,
    )
    if frame.protocol == "mbus" and frame.security.verdict == "none":
        made.decrypted = frame.raw or None
    if frame.meter is not None:
        serial = frame.meter.id
        made.ownernumber = serial if _SERIAL.match(serial) else device_of(frame.meter)
        entries = () if points is None else points.match(frame.meter)
        made.zpb = next((point.messlokation for point in entries if point.messlokation), None)
    if frame.readings:
        made.unmapped = [reading.to_dict() for reading in frame.readings]
        made.obis = _registers(frame)
    return made


def _registers(frame: Decoded) -> dict[str, Value]:
    """Return the numbers with OBIS code and DLMS unit; of two with one code the first."""
    found: dict[str, Value] = {}
    for reading in frame.readings:
        if reading.obis is None or not isinstance(reading.value, Decimal) or reading.function != "instantaneous":
            continue
        try:
            unit = cosem_code(reading.unit or "")
        except EncodeError:  # it stays in `unmapped`
            continue
        found.setdefault(Obis.parse(reading.obis).to_bytes().hex().upper(), Value(unit, reading.value))
    return found


def _push(frame: Decoded, made: Document, options: Options) -> Push:
    if made.zpb is None:
        raise EncodeError("emt.zpb", f"{made.ownernumber}: a push names the metering point, the points file has none")
    mac, ts = made.clsbox.replace(":", ""), made.device or 0
    typ = _PUSH_TYPES.get(frame.protocol or "")
    if typ is not None:
        return Push(typ, mac, made.zpb, ts, made.encrypted or b"", options.enc)
    return Push("json", mac, made.zpb, ts, made.to_dict()["data"].get("obis", {}), "none")


def read_documents(stream: Iterable[bytes]) -> Iterator[Document]:
    """Read documents, one per line. Raises DecodeError `emt.syntax`, `emt.field`."""
    for number, line in enumerate(stream, 1):
        if line.strip():
            yield read_document(line, f"line {number}")


def read_document(data: bytes, where: str = "document") -> Document:
    """Read one document. Raises DecodeError `emt.syntax`, `emt.field`."""
    form = _object(data, where)
    try:
        if form["version"] != VERSION:
            _refuse(f"version {form['version']}")
        data_part, ts = dict(form["data"]), form.get("ts") or {}
        raw = data_part.pop("raw", None) or {}
        return Document(
            _text(form["uid"]),
            _text(form["clsbox"]),
            _text(form["type"]),
            _seconds(ts.get("device")),
            _seconds(ts.get("server")),
            _number_or_text(data_part.pop("ownernumber", None)),
            _maybe_text(data_part.pop("zpb", None)),
            _seconds(data_part.pop("rssi", None)),
            _bytes(raw.get("encrypted")),
            _bytes(raw.get("decrypted")),
            data_part.pop("unmapped", None),
            {_code(code): _value(item) for code, item in (data_part.pop("obis", None) or {}).items()},
            data_part,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DecodeError("emt.field", f"{where}: {type(error).__name__} {error}", field=where) from None


def read_push(data: bytes) -> Push:
    """Read the body of a push; the telegram as bytes. Raises DecodeError `emt.syntax`, `emt.field`."""
    form = _object(data, "push")
    try:
        body, enc = form["d"], form["enc"]
        if enc == "hex":
            body = bytes.fromhex(body)
        elif enc == "b64":
            body = base64.b64decode(body, validate=True)
        elif enc != "none":
            _refuse(f"enc {enc!r}")
        seconds = _seconds(form["ts"])
        if seconds is None:
            _refuse("ts is null")
        return Push(_text(form["typ"]), _text(form["mac"]), _text(form["zpb"]), seconds, body, enc, _text(form["kom"]))
    except (KeyError, TypeError, ValueError) as error:
        raise DecodeError("emt.field", f"push: {type(error).__name__} {error}", field="push") from None


def _object(data: bytes, where: str) -> dict[str, Any]:
    try:
        form = loads(data.decode())
    except ValueError:
        raise DecodeError("emt.syntax", f"{where} is no JSON") from None
    if not isinstance(form, dict):
        raise DecodeError("emt.syntax", f"{where} is no JSON object")
    return form


def _refuse(what: str) -> NoReturn:
    raise ValueError(what)


def _given(items: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in items.items() if item is not None}


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


def _bytes(text: object) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(_text(text), validate=True)
    except binascii.Error:
        raise ValueError("raw is no base64") from None


def _code(text: str) -> str:
    if _CODE.match(text) is None:
        raise ValueError(f"{text!r} is no OBIS code of twelve hex digits")
    return text.upper()


def _value(item: dict[str, Any]) -> Value:
    unit, number = item["u"], item["v"]
    if not isinstance(unit, int) or isinstance(number, bool) or not isinstance(number, Decimal | int):
        raise TypeError("u or v is no number")
    return Value(unit, Decimal(number))


def _text(item: object) -> str:
    if not isinstance(item, str):
        raise TypeError(f"{item!r} is no text")
    return item


def _maybe_text(item: object) -> str | None:
    return None if item is None else _text(item)


def _seconds(item: object) -> int | None:
    if item is None or (isinstance(item, int) and not isinstance(item, bool)):
        return item
    raise TypeError(f"{item!r} is no whole number")


def _number_or_text(item: object) -> str | int | None:
    return item if isinstance(item, str) else _seconds(item)
