"""SET: writing attributes by logical name. Source: IEC 62056-5-3, Set-Request, Set-Response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms import apdu_parts as parts
from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_parts import AttributeRequest, PlainBlock
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.results import AccessResult


class SetRequest(NamedTuple):
    """Write one attribute."""

    invoke: int
    request: AttributeRequest
    value: Data


class SetRequestFirstBlock(NamedTuple):
    """Write one attribute, the value in pieces: the first."""

    invoke: int
    request: AttributeRequest
    block: PlainBlock


class SetRequestBlock(NamedTuple):
    """A further piece of the value."""

    invoke: int
    block: PlainBlock


class SetRequestWithList(NamedTuple):
    """Write several attributes."""

    invoke: int
    requests: tuple[AttributeRequest, ...]
    values: tuple[Data, ...]


class SetRequestWithListFirstBlock(NamedTuple):
    """Write several attributes, the values in pieces: the first."""

    invoke: int
    requests: tuple[AttributeRequest, ...]
    block: PlainBlock


class SetResponse(NamedTuple):
    """Whether the attribute was written."""

    invoke: int
    result: AccessResult


class SetResponseBlock(NamedTuple):
    """A piece has arrived; the next one please."""

    invoke: int
    number: int


class SetResponseLastBlock(NamedTuple):
    """The last piece has arrived; whether the attribute was written."""

    invoke: int
    result: AccessResult
    number: int


class SetResponseLastBlockWithList(NamedTuple):
    """The last piece has arrived; which attributes were written."""

    invoke: int
    results: tuple[AccessResult, ...]
    number: int


class SetResponseWithList(NamedTuple):
    """Which attributes were written."""

    invoke: int
    results: tuple[AccessResult, ...]


_REQUESTS: Final = codec.list_of(parts.ATTRIBUTE_REQUEST, "attributes")
_VALUES: Final = codec.list_of(codec.DATA, "values")
_RESULTS: Final = codec.list_of(parts.ACCESS_RESULT, "results")

FORMS: Final = (
    form(SetRequest, tags.SET_REQUEST, 1, parts.INVOKE, parts.ATTRIBUTE_REQUEST, codec.DATA),
    form(SetRequestFirstBlock, tags.SET_REQUEST, 2, parts.INVOKE, parts.ATTRIBUTE_REQUEST, parts.PLAIN_BLOCK),
    form(SetRequestBlock, tags.SET_REQUEST, 3, parts.INVOKE, parts.PLAIN_BLOCK),
    form(SetRequestWithList, tags.SET_REQUEST, 4, parts.INVOKE, _REQUESTS, _VALUES),
    form(SetRequestWithListFirstBlock, tags.SET_REQUEST, 5, parts.INVOKE, _REQUESTS, parts.PLAIN_BLOCK),
    form(SetResponse, tags.SET_RESPONSE, 1, parts.INVOKE, parts.ACCESS_RESULT),
    form(SetResponseBlock, tags.SET_RESPONSE, 2, parts.INVOKE, parts.BLOCK_NUMBER),
    form(SetResponseLastBlock, tags.SET_RESPONSE, 3, parts.INVOKE, parts.ACCESS_RESULT, parts.BLOCK_NUMBER),
    form(SetResponseLastBlockWithList, tags.SET_RESPONSE, 4, parts.INVOKE, _RESULTS, parts.BLOCK_NUMBER),
    form(SetResponseWithList, tags.SET_RESPONSE, 5, parts.INVOKE, _RESULTS),
)
