"""What the services share: invoke ids, descriptors, selective access, results, blocks.

Source: IEC 62056-5-3, XDLMS-APDU.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emtkit.model.obis import Obis
from emtkit.protocols.dlms import codec
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.codec import DATA, Codec
from emtkit.protocols.dlms.results import ACCESS_RESULTS, ACTION_RESULTS, AccessResult, ActionResult

RANGE: Final = 1
ENTRY: Final = 2


class AttributeDescriptor(NamedTuple):
    """An attribute of an object: class, logical name, attribute number."""

    class_id: int
    logical_name: Obis
    attribute: int


class MethodDescriptor(NamedTuple):
    """A method of an object: class, logical name, method number."""

    class_id: int
    logical_name: Obis
    method: int


class SelectiveAccess(NamedTuple):
    """A part of an attribute: selector (profiles: 1 by range, 2 by entry) and its parameters."""

    selector: int
    parameters: Data


class AttributeRequest(NamedTuple):
    """An attribute and, if not the whole of it is wanted, the selection."""

    descriptor: AttributeDescriptor
    access: SelectiveAccess | None = None


class DataBlock(NamedTuple):
    """A piece of a value that is too long for one APDU. `raw` is an AccessResult when the transfer failed."""

    last: bool
    number: int
    raw: bytes | AccessResult


class PlainBlock(NamedTuple):
    """A piece of a value that is sent to the meter or returned by a method."""

    last: bool
    number: int
    raw: bytes


def invoke_text(value: int) -> str:
    """Return invoke-id-and-priority for people."""
    return f"invoke {value & 0x0F}, {'confirmed' if value & 0x40 else 'unconfirmed'}" + (
        ", high priority" if value & 0x80 else ""
    )


def long_invoke_text(value: int) -> str:
    """Return long-invoke-id-and-priority for people."""
    bits = ((28, "self-descriptive"), (29, "break on error"), (30, "confirmed"), (31, "high priority"))
    return ", ".join([f"invoke {value & 0xFFFFFF}", *(name for bit, name in bits if value >> bit & 1)])


INVOKE: Final = codec.unsigned(1, "invoke-id-and-priority", invoke_text)
LONG_INVOKE: Final = codec.unsigned(4, "long-invoke-id-and-priority", long_invoke_text)
BLOCK_NUMBER: Final = codec.unsigned(4, "block number")
RAW: Final = codec.octet_string("raw data")
LAST: Final = codec.flag("last block")

_OBIS: Final = codec.unsigned(6, "logical name", lambda value: str(Obis(*value.to_bytes(6, "big"))))
LOGICAL_NAME: Final = Codec(
    lambda cur: Obis(*_OBIS.read(cur).to_bytes(6, "big")),
    lambda out, value: out.extend(bytes(value)),
)
_CLASS_ID: Final = codec.unsigned(2, "class id", lambda value: f"class {value}")
ATTRIBUTE: Final = codec.record(AttributeDescriptor, _CLASS_ID, LOGICAL_NAME, codec.signed(1, "attribute"))
METHOD: Final = codec.record(MethodDescriptor, _CLASS_ID, LOGICAL_NAME, codec.signed(1, "method"))
ACCESS: Final = codec.optional(
    codec.record(SelectiveAccess, codec.unsigned(1, "access selector"), DATA), "selective access"
)
ATTRIBUTE_REQUEST: Final = codec.record(AttributeRequest, ATTRIBUTE, ACCESS)

ACCESS_RESULT: Final = codec.record(
    AccessResult, codec.unsigned(1, "data-access-result", lambda code: ACCESS_RESULTS.get(code) or "reserved")
)
ACTION_RESULT: Final = codec.record(
    ActionResult, codec.unsigned(1, "action-result", lambda code: ACTION_RESULTS.get(code) or "reserved")
)
# Get-Data-Result: the value or why there is none.
DATA_RESULT: Final = codec.choice(
    "result", codec.option(0, Data, DATA), codec.option(1, AccessResult, codec.unsigned(1, "data-access-result"))
)
RESULT_BLOCK: Final = codec.record(
    DataBlock,
    LAST,
    BLOCK_NUMBER,
    codec.choice(
        "block", codec.option(0, bytes, RAW), codec.option(1, AccessResult, codec.unsigned(1, "data-access-result"))
    ),
)
PLAIN_BLOCK: Final = codec.record(PlainBlock, LAST, BLOCK_NUMBER, RAW)
