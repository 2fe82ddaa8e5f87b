"""INITIATE and the answers that say no: ConfirmedServiceError, ExceptionResponse.

Source: IEC 62056-5-3, InitiateRequest, InitiateResponse, ConfirmedServiceError, ExceptionResponse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form
from emtkit.protocols.dlms.codec import LAYER, Codec
from emtkit.protocols.dlms.results import (
    CONFIRMED_SERVICES,
    EXCEPTION_SERVICES,
    EXCEPTION_STATES,
    INVOCATION_COUNTER_ERROR,
    service_error_name,
)

if TYPE_CHECKING:
    from emtkit.wire.cursor import Cursor

# Conformance bits in the order they are sent; bit n is 0x800000 >> n.
CONFORMANCE: Final = (
    "reserved-zero",
    "general-protection",
    "general-block-transfer",
    "read",
    "write",
    "unconfirmed-write",
    "delta-value-encoding",
    "reserved-seven",
    "attribute0-supported-with-set",
    "priority-mgmt-supported",
    "attribute0-supported-with-get",
    "block-transfer-with-get",
    "block-transfer-with-set",
    "block-transfer-with-action",
    "multiple-references",
    "information-report",
    "data-notification",
    "access",
    "parameterized-access",
    "get",
    "set",
    "selective-access",
    "event-notification",
    "action",
)
VAA_NAME_LN: Final = 0x0007
VAA_NAME_SN: Final = 0xFA00
DLMS_VERSION: Final = 6


class InitiateRequest(NamedTuple):
    """What a client proposes.

    dedicated_key     key of this association only; its bytes are a secret
    conformance       24 bits, see `conformance_names`
    max_pdu           longest APDU the client takes; 0 and 0xFFFF: no limit
    """

    dedicated_key: bytes | None = None
    response_allowed: bool = True
    quality_of_service: int | None = None
    version: int = DLMS_VERSION
    conformance: int = 0
    max_pdu: int = 0xFFFF

    def __repr__(self) -> str:
        """Show everything but the key."""
        key = None if self.dedicated_key is None else "..."
        return f"InitiateRequest(dedicated_key={key}, conformance={self.conformance:06X}, max_pdu={self.max_pdu})"


class InitiateResponse(NamedTuple):
    """What the server agrees to. `vaa_name` is 0007 (logical names) or FA00 (short names)."""

    quality_of_service: int | None = None
    version: int = DLMS_VERSION
    conformance: int = 0
    max_pdu: int = 0
    vaa_name: int = VAA_NAME_LN


class ConfirmedServiceError(NamedTuple):
    """A service that failed: 1 initiate, 5 read, 6 write; the kind of error and its value."""

    service: int
    error: int
    value: int

    def __str__(self) -> str:
        """Return `initiate failed: initiate: incompatible-conformance`."""
        return f"{CONFIRMED_SERVICES.get(self.service, self.service)}: {service_error_name(self.error, self.value)}"


class ExceptionResponse(NamedTuple):
    """A request that was not processed. `counter` is the expected invocation counter, if the server says it."""

    state: int
    service: int
    counter: int | None = None

    def __str__(self) -> str:
        """Return `service-not-allowed: invocation-counter-error (expected 42)`."""
        text = f"{EXCEPTION_STATES.get(self.state, self.state)}: {EXCEPTION_SERVICES.get(self.service, self.service)}"
        return text if self.counter is None else f"{text} (expected {self.counter})"


def conformance_names(conformance: int) -> tuple[str, ...]:
    """Return the names of the bits that are set."""
    return tuple(name for bit, name in enumerate(CONFORMANCE) if conformance & 0x800000 >> bit)


def conformance_bits(*names: str) -> int:
    """Return the 24 bits for these names. Raises ValueError for an unknown one."""
    return sum(0x800000 >> CONFORMANCE.index(name) for name in names)


def _read_conformance(cur: Cursor) -> int:
    """Read [APPLICATION 31] BIT STRING (24), BER; meters also send it without the second tag octet."""
    start = cur.pos
    head = cur.take(2, "conformance")
    if head == b"\x5f\x1f":
        head = b"\x5f" + cur.take(1, "conformance")
    unused = cur.u8("conformance")
    bits = int.from_bytes(cur.take(3, "conformance"), "big")
    if head != b"\x5f\x04" or unused:
        low, high = cur.place(start)
        raise DecodeError(
            "dlms.apdu.conformance", f"no conformance block at offset {low}", layer=LAYER, start=low, end=high
        )
    if cur.trace is not None:
        cur.trace.add(cur.view, start, cur.pos, LAYER, "conformance", ", ".join(conformance_names(bits)))
    return bits


def _write_conformance(out: bytearray, bits: int) -> None:
    out += b"\x5f\x1f\x04\x00" + bits.to_bytes(3, "big")


def _read_response_allowed(cur: Cursor) -> bool:
    """Read a BOOLEAN DEFAULT TRUE."""
    given = cur.u8("response-allowed")
    value = bool(cur.u8("response-allowed")) if given else True
    cur.note(f"response {'' if value else 'not '}allowed")
    return value


def _write_response_allowed(out: bytearray, value: bool) -> None:  # noqa: FBT001 - the signature of all writers
    out += b"\x00" if value else b"\x01\x00"


_CONFORMANCE: Final = Codec(_read_conformance, _write_conformance)
_QUALITY: Final = codec.optional(codec.signed(1, "quality-of-service"), "quality-of-service")
_VERSION: Final = codec.unsigned(1, "DLMS version")
_MAX_PDU: Final = codec.unsigned(2, "max APDU size")


def _read_counter(cur: Cursor) -> tuple[int, int | None]:
    service = cur.u8("service error")
    if cur.tracing:
        cur.note(EXCEPTION_SERVICES.get(service) or f"reserved {service}")
    counter = None
    if service == INVOCATION_COUNTER_ERROR and cur.left:
        counter = cur.u32be("expected invocation counter")
    return service, counter


def _read_exception(cur: Cursor) -> ExceptionResponse:
    state = cur.u8("state error")
    if cur.tracing:
        cur.note(EXCEPTION_STATES.get(state) or f"reserved {state}")
    return ExceptionResponse(state, *_read_counter(cur))


def _write_exception(out: bytearray, value: ExceptionResponse) -> None:
    out += bytes((value.state, value.service))
    if value.counter is not None:
        out += value.counter.to_bytes(4, "big")


def _read_service_error(cur: Cursor) -> ConfirmedServiceError:
    service = cur.u8("service")
    if cur.tracing:
        cur.note(CONFIRMED_SERVICES.get(service) or f"reserved {service}")
    found = ConfirmedServiceError(service, *cur.take(2, "service error"))
    if cur.tracing:
        cur.note(service_error_name(found.error, found.value))
    return found


EXCEPTION: Final = Codec(_read_exception, _write_exception)
SERVICE_ERROR: Final = Codec(_read_service_error, lambda out, value: out.extend(bytes(value)))

FORMS: Final = (
    form(
        InitiateRequest,
        tags.INITIATE_REQUEST,
        None,
        codec.optional(codec.octet_string("dedicated key"), "dedicated key"),
        Codec(_read_response_allowed, _write_response_allowed),
        _QUALITY,
        _VERSION,
        _CONFORMANCE,
        _MAX_PDU,
    ),
    form(
        InitiateResponse,
        tags.INITIATE_RESPONSE,
        None,
        _QUALITY,
        _VERSION,
        _CONFORMANCE,
        _MAX_PDU,
        codec.unsigned(2, "VAA name", lambda name: "logical names" if name == VAA_NAME_LN else "short names"),
    ),
    form(ConfirmedServiceError, tags.CONFIRMED_SERVICE_ERROR, None, SERVICE_ERROR),
    form(ExceptionResponse, tags.EXCEPTION_RESPONSE, None, EXCEPTION),
)
