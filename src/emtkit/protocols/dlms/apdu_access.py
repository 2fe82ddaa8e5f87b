"""ACCESS: reading, writing and invoking in one request. Source: IEC 62056-5-3, Access-Request, Access-Response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms import apdu_parts as parts
from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form
from emtkit.protocols.dlms.codec import option

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_parts import AttributeDescriptor, MethodDescriptor, SelectiveAccess
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.results import AccessResult, ActionResult


class AccessGet(NamedTuple):
    """Read an attribute."""

    descriptor: AttributeDescriptor


class AccessSet(NamedTuple):
    """Write an attribute."""

    descriptor: AttributeDescriptor


class AccessAction(NamedTuple):
    """Invoke a method."""

    descriptor: MethodDescriptor


class AccessGetSelection(NamedTuple):
    """Read a part of an attribute."""

    descriptor: AttributeDescriptor
    access: SelectiveAccess


class AccessSetSelection(NamedTuple):
    """Write a part of an attribute."""

    descriptor: AttributeDescriptor
    access: SelectiveAccess


class AccessGetResult(NamedTuple):
    """Whether an attribute was read."""

    result: AccessResult


class AccessSetResult(NamedTuple):
    """Whether an attribute was written."""

    result: AccessResult


class AccessActionResult(NamedTuple):
    """Whether a method was invoked."""

    result: ActionResult


Specification = AccessGet | AccessSet | AccessAction | AccessGetSelection | AccessSetSelection


class AccessRequest(NamedTuple):
    """What to do, and a value for each step (null-data where it needs none). `time` is 12 octets or empty."""

    invoke: int
    time: bytes
    specifications: tuple[Specification, ...]
    data: tuple[Data, ...]


class AccessResponse(NamedTuple):
    """A value for each step, and what became of it. The request may be repeated."""

    invoke: int
    time: bytes
    specifications: tuple[Specification, ...] | None
    data: tuple[Data, ...]
    results: tuple[AccessGetResult | AccessSetResult | AccessActionResult, ...]


_SELECTION: Final = codec.record(parts.SelectiveAccess, codec.unsigned(1, "access selector"), codec.DATA)
_SPECIFICATIONS: Final = codec.list_of(
    codec.choice(
        "access",
        option(1, AccessGet, parts.ATTRIBUTE),
        option(2, AccessSet, parts.ATTRIBUTE),
        option(3, AccessAction, parts.METHOD),
        option(4, AccessGetSelection, parts.ATTRIBUTE, _SELECTION),
        option(5, AccessSetSelection, parts.ATTRIBUTE, _SELECTION),
    ),
    "steps",
)
_DATA: Final = codec.list_of(codec.DATA, "values")
_RESULTS: Final = codec.list_of(
    codec.choice(
        "access result",
        option(1, AccessGetResult, parts.ACCESS_RESULT),
        option(2, AccessSetResult, parts.ACCESS_RESULT),
        option(3, AccessActionResult, parts.ACTION_RESULT),
    ),
    "results",
)
_TIME: Final = codec.octet_string("date-time")

FORMS: Final = (
    form(AccessRequest, tags.ACCESS_REQUEST, None, parts.LONG_INVOKE, _TIME, _SPECIFICATIONS, _DATA),
    form(
        AccessResponse,
        tags.ACCESS_RESPONSE,
        None,
        parts.LONG_INVOKE,
        _TIME,
        codec.optional(_SPECIFICATIONS, "access specification"),
        _DATA,
        _RESULTS,
    ),
)
