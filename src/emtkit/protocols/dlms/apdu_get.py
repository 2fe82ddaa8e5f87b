"""GET: reading attributes by logical name. Source: IEC 62056-5-3, Get-Request, Get-Response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms import apdu_parts as parts
from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_parts import AttributeRequest, DataBlock
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.results import AccessResult


class GetRequest(NamedTuple):
    """Read one attribute."""

    invoke: int
    request: AttributeRequest


class GetRequestNext(NamedTuple):
    """Ask for the block after `number`."""

    invoke: int
    number: int


class GetRequestWithList(NamedTuple):
    """Read several attributes."""

    invoke: int
    requests: tuple[AttributeRequest, ...]


class GetResponse(NamedTuple):
    """The value, or why there is none."""

    invoke: int
    result: Data | AccessResult


class GetResponseBlock(NamedTuple):
    """A piece of a long value."""

    invoke: int
    block: DataBlock


class GetResponseWithList(NamedTuple):
    """The values in the order they were asked for."""

    invoke: int
    results: tuple[Data | AccessResult, ...]


FORMS: Final = (
    form(GetRequest, tags.GET_REQUEST, 1, parts.INVOKE, parts.ATTRIBUTE_REQUEST),
    form(GetRequestNext, tags.GET_REQUEST, 2, parts.INVOKE, parts.BLOCK_NUMBER),
    form(GetRequestWithList, tags.GET_REQUEST, 3, parts.INVOKE, codec.list_of(parts.ATTRIBUTE_REQUEST, "attributes")),
    form(GetResponse, tags.GET_RESPONSE, 1, parts.INVOKE, parts.DATA_RESULT),
    form(GetResponseBlock, tags.GET_RESPONSE, 2, parts.INVOKE, parts.RESULT_BLOCK),
    form(GetResponseWithList, tags.GET_RESPONSE, 3, parts.INVOKE, codec.list_of(parts.DATA_RESULT, "results")),
)
