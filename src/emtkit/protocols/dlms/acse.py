"""ACSE: opening and closing an association (AARQ, AARE, RLRQ, RLRE), in BER.

Source: IEC 62056-5-3, 7.2 and ACSE-APDU; Green Book, 9.4.2 and 9.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import ber, tags
from emtkit.protocols.dlms.apdu_cipher import Carried

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

LAYER: Final = "dlms.acse"

CONTEXT_LN: Final = 1
CONTEXT_SN: Final = 2
CONTEXT_LN_CIPHERED: Final = 3
CONTEXT_SN_CIPHERED: Final = 4
CONTEXTS: Final[dict[int, str]] = {
    CONTEXT_LN: "logical names",
    CONTEXT_SN: "short names",
    CONTEXT_LN_CIPHERED: "logical names, ciphered",
    CONTEXT_SN_CIPHERED: "short names, ciphered",
}

NO_SECURITY: Final = 0
LLS: Final = 1
HLS: Final = 2
HLS_MD5: Final = 3
HLS_SHA1: Final = 4
HLS_GMAC: Final = 5
HLS_SHA256: Final = 6
HLS_ECDSA: Final = 7
MECHANISMS: Final[dict[int, str]] = {
    NO_SECURITY: "none",
    LLS: "LLS (password)",
    HLS: "HLS (manufacturer's own)",
    HLS_MD5: "HLS MD5",
    HLS_SHA1: "HLS SHA-1",
    HLS_GMAC: "HLS GMAC",
    HLS_SHA256: "HLS SHA-256",
    HLS_ECDSA: "HLS ECDSA",
}

ACCEPTED: Final = 0
RESULTS: Final[dict[int, str]] = {ACCEPTED: "accepted", 1: "rejected permanently", 2: "rejected transiently"}
HLS_FOLLOWS: Final = 14
USER_DIAGNOSTICS: Final[dict[int, str]] = {
    0: "null",
    1: "no reason given",
    2: "application context name not supported",
    3: "calling AP title not recognised",
    4: "calling AP invocation identifier not recognised",
    5: "calling AE qualifier not recognised",
    6: "calling AE invocation identifier not recognised",
    7: "called AP title not recognised",
    8: "called AP invocation identifier not recognised",
    9: "called AE qualifier not recognised",
    10: "called AE invocation identifier not recognised",
    11: "authentication mechanism name not recognised",
    12: "authentication mechanism name required",
    13: "authentication failure",
    HLS_FOLLOWS: "authentication required (HLS follows)",
}
PROVIDER_DIAGNOSTICS: Final[dict[int, str]] = {0: "null", 1: "no reason given", 2: "no common ACSE version"}
REASONS: Final[dict[int, str]] = {0: "normal", 1: "urgent or not finished", 30: "user defined"}

_OID: Final = bytes.fromhex("6085740508")
_CONTEXT_ARC: Final = 1
_MECHANISM_ARC: Final = 2
_REQUIREMENTS: Final = b"\x07\x80"  # authentication

Others = tuple[tuple[int, bytes], ...]


class Aarq(NamedTuple):
    """Open an association.

    context            application context, see CONTEXTS; 0: not a known one
    title              system title of the client, empty if none
    mechanism          see MECHANISMS; None: no authentication
    authentication     password or challenge CtoS
    user_information   InitiateRequest, plain or ciphered
    others             further elements as (tag, contents)
    """

    context: int
    title: bytes = b""
    mechanism: int | None = None
    authentication: bytes | None = None
    user_information: Carried | None = None
    others: Others = ()


class Aare(NamedTuple):
    """The answer to an AARQ.

    result             see RESULTS
    source, diagnostic 1 and USER_DIAGNOSTICS, or 2 and PROVIDER_DIAGNOSTICS
    title              system title of the server, empty if none
    authentication     challenge StoC
    user_information   InitiateResponse or ConfirmedServiceError, plain or ciphered
    """

    context: int
    result: int = ACCEPTED
    source: int = 1
    diagnostic: int = 0
    title: bytes = b""
    mechanism: int | None = None
    authentication: bytes | None = None
    user_information: Carried | None = None
    others: Others = ()

    def __str__(self) -> str:
        """Return `rejected permanently: application context name not supported`."""
        names = USER_DIAGNOSTICS if self.source == 1 else PROVIDER_DIAGNOSTICS
        text = RESULTS.get(self.result) or f"result {self.result}"
        return f"{text}: {names.get(self.diagnostic, self.diagnostic)}" if self.diagnostic else text


class Rlrq(NamedTuple):
    """Close an association."""

    reason: int | None = None
    user_information: Carried | None = None
    others: Others = ()


class Rlre(NamedTuple):
    """The answer to an RLRQ."""

    reason: int | None = None
    user_information: Carried | None = None
    others: Others = ()


class _Place(NamedTuple):
    """Where AARQ or AARE keep an element: tags for title, mechanism and authentication."""

    title: int
    requirements: int
    mechanism: int
    authentication: int


_AARQ: Final = _Place(0xA6, 0x8A, 0x8B, 0xAC)
_AARE: Final = _Place(0xA4, 0x88, 0x89, 0xAA)
_CONTEXT: Final = 0xA1
_RESULT: Final = 0xA2
_DIAGNOSTIC: Final = 0xA3
_REASON: Final = 0x80
_USER_INFORMATION: Final = 0xBE


def read_acse(cur: Cursor) -> Aarq | Aare | Rlrq | Rlre:
    """Read an ACSE APDU, its tag included.

    Raises DecodeError `dlms.acse.length`, `dlms.acse.element`, Truncated `dlms.acse.truncated`.
    """
    cur.layer = LAYER
    apdu = ber.read_element(cur)
    cur.note(tags.tag_name(apdu.tag))
    cur.end = apdu.end
    if apdu.tag in (tags.RLRQ, tags.RLRE):
        return _read_release(cur, apdu.tag)
    place = _AARQ if apdu.tag == tags.AARQ else _AARE
    context, mechanism = 0, None
    title, authentication, information = b"", None, None
    result, source, diagnostic = ACCEPTED, 1, 0
    others: list[tuple[int, bytes]] = []
    for element in ber.read_elements(cur):
        raw = cur.data[element.start : element.end]
        if element.tag == _CONTEXT and _arc(raw[2:], _CONTEXT_ARC) is not None and raw[0] == 0x06:
            context = _arc(raw[2:], _CONTEXT_ARC) or 0
            _say(cur, element, "application context", CONTEXTS.get(context) or f"context {context}")
        elif element.tag == place.title and raw[:1] == b"\x04":
            title = _inner(cur, element, 0x04)
            _say(cur, element, "system title", title.hex())
        elif element.tag == place.mechanism and _arc(raw, _MECHANISM_ARC) is not None:
            mechanism = _arc(raw, _MECHANISM_ARC)
            _say(cur, element, "mechanism", MECHANISMS.get(mechanism or 0) or f"mechanism {mechanism}")
        elif element.tag == place.authentication and raw[:1] == b"\x80":
            authentication = _inner(cur, element, 0x80)
            _say(cur, element, "authentication value", "password or challenge")
        elif element.tag == place.requirements and raw == _REQUIREMENTS:
            _say(cur, element, "requirements", "authentication")
        elif element.tag == _USER_INFORMATION and raw[:1] == b"\x04":
            information = _carried(cur, element)
        elif element.tag == _RESULT and place is _AARE:
            result = int.from_bytes(_inner(cur, element, 0x02), "big")
            _say(cur, element, "result", RESULTS.get(result) or f"result {result}")
        elif element.tag == _DIAGNOSTIC and place is _AARE:
            source, diagnostic = _read_diagnostic(cur, element)
        else:
            others.append((element.tag, raw))
            _say(cur, element, f"element {element.tag:02X}", "kept as it is")
    if place is _AARQ:
        return Aarq(context, title, mechanism, authentication, information, tuple(others))
    return Aare(context, result, source, diagnostic, title, mechanism, authentication, information, tuple(others))


def _read_release(cur: Cursor, tag: int) -> Rlrq | Rlre:
    reason, information = None, None
    others: list[tuple[int, bytes]] = []
    for element in ber.read_elements(cur):
        raw = cur.data[element.start : element.end]
        if element.tag == _REASON:
            reason = int.from_bytes(raw, "big")
            _say(cur, element, "reason", REASONS.get(reason) or f"reason {reason}")
        elif element.tag == _USER_INFORMATION and raw[:1] == b"\x04":
            information = _carried(cur, element)
        else:
            others.append((element.tag, raw))
            _say(cur, element, f"element {element.tag:02X}", "kept as it is")
    kind = Rlrq if tag == tags.RLRQ else Rlre
    return kind(reason, information, tuple(others))


def _arc(oid: bytes, branch: int) -> int | None:
    """Return the last number of a DLMS object identifier of this branch, None for another one."""
    return oid[6] if len(oid) == 7 and oid[:6] == _OID + bytes((branch,)) else None


def _inner(cur: Cursor, element: ber.Element, tag: int) -> bytes:
    """Return the contents of the one element inside; it has this tag."""
    end, cur.end = cur.end, element.end
    inner = ber.read_element(cur)
    cur.end = end
    if inner.tag != tag:
        low, high = cur.place(element.start, element.end)
        raise DecodeError(
            "dlms.acse.element", f"tag {inner.tag:02X} at offset {low}, expected {tag:02X}", layer=LAYER, start=low,
            end=high,
        )  # fmt: skip
    cur.pos = inner.end
    return cur.data[inner.start : inner.end]


def _carried(cur: Cursor, element: ber.Element) -> Carried:
    _say(cur, element, "user information", "the InitiateRequest or its answer")
    end, cur.end = cur.end, element.end
    inner = ber.read_element(cur)
    cur.end = end
    return Carried(cur.data[inner.start : inner.end], (inner.start, inner.end))


def _read_diagnostic(cur: Cursor, element: ber.Element) -> tuple[int, int]:
    end, cur.end = cur.end, element.end
    outer = ber.read_element(cur)
    cur.end = end
    source = 2 if outer.tag == 0xA2 else 1
    diagnostic = int.from_bytes(_inner(cur, outer, 0x02), "big")
    names = USER_DIAGNOSTICS if source == 1 else PROVIDER_DIAGNOSTICS
    _say(cur, element, "diagnostic", names.get(diagnostic) or f"diagnostic {diagnostic}")
    return source, diagnostic


def _say(cur: Cursor, element: ber.Element, field: str, meaning: str) -> None:
    if cur.trace is not None:
        cur.trace.add(cur.view, element.start, element.end, LAYER, field, meaning)


def encode_acse(apdu: Aarq | Aare | Rlrq | Rlre) -> bytes:
    """Return the APDU, its elements in the order of their tag numbers."""
    elements: list[tuple[int, bytes]] = list(apdu.others)
    if apdu.user_information is not None:
        elements.append((_USER_INFORMATION, ber.encode(0x04, apdu.user_information.content)))
    if isinstance(apdu, Rlrq | Rlre):
        if apdu.reason is not None:
            elements.append((_REASON, bytes((apdu.reason,))))
        return ber.encode(tags.RLRQ if isinstance(apdu, Rlrq) else tags.RLRE, _join(elements))
    place = _AARQ if isinstance(apdu, Aarq) else _AARE
    if apdu.context:
        elements.append((_CONTEXT, ber.encode(0x06, _OID + bytes((_CONTEXT_ARC, apdu.context)))))
    if apdu.title:
        elements.append((place.title, ber.encode(0x04, apdu.title)))
    if apdu.mechanism is not None:
        elements.append((place.requirements, _REQUIREMENTS))
        elements.append((place.mechanism, _OID + bytes((_MECHANISM_ARC, apdu.mechanism))))
    if apdu.authentication is not None:
        elements.append((place.authentication, ber.encode(0x80, apdu.authentication)))
    if isinstance(apdu, Aare):
        code = ber.encode(0x02, bytes((apdu.diagnostic,)))
        elements.append((_RESULT, ber.encode(0x02, bytes((apdu.result,)))))
        elements.append((_DIAGNOSTIC, ber.encode(0xA0 | apdu.source, code)))
        return ber.encode(tags.AARE, _join(elements))
    return ber.encode(tags.AARQ, _join(elements))


def _join(elements: list[tuple[int, bytes]]) -> bytes:
    """Return the elements in the order of their tag numbers."""
    return b"".join(ber.encode(tag, raw) for tag, raw in sorted(elements, key=lambda item: item[0] & 0x1F))
