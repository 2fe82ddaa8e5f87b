"""READ and WRITE: attributes by short name, and the report of them.

Source: IEC 62056-5-3, ReadRequest, WriteRequest, UnconfirmedWriteRequest, InformationReportRequest.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.codec import option
from emtkit.protocols.dlms.results import AccessResult


class VariableName(NamedTuple):
    """A short name: the base name of an object plus 8 times (attribute - 1)."""

    name: int


class ParameterizedAccess(NamedTuple):
    """A part of the attribute with this short name, or a method with its parameter."""

    name: int
    selector: int
    parameter: Data


class BlockNumberAccess(NamedTuple):
    """Ask for the next block of a long answer."""

    number: int


class ReadBlockAccess(NamedTuple):
    """A piece of a long read request."""

    last: bool
    number: int
    raw: bytes


class WriteBlockAccess(NamedTuple):
    """Announce a piece of a long write request."""

    last: bool
    number: int


VariableAccess = VariableName | ParameterizedAccess | BlockNumberAccess | ReadBlockAccess | WriteBlockAccess


class ReadBlock(NamedTuple):
    """A piece of a long read response."""

    last: bool
    number: int
    raw: bytes


class BlockNumber(NamedTuple):
    """A piece has arrived; the next one please."""

    number: int


class Written(NamedTuple):
    """The variable was written."""


class ReadRequest(NamedTuple):
    """Read variables."""

    variables: tuple[VariableAccess, ...]


class ReadResponse(NamedTuple):
    """The values, or why there are none."""

    results: tuple[Data | AccessResult | ReadBlock | BlockNumber, ...]


class WriteRequest(NamedTuple):
    """Write variables."""

    variables: tuple[VariableAccess, ...]
    values: tuple[Data, ...]


class WriteResponse(NamedTuple):
    """Which variables were written."""

    results: tuple[Written | AccessResult | BlockNumber, ...]


class UnconfirmedWrite(NamedTuple):
    """Write variables without an answer."""

    variables: tuple[VariableAccess, ...]
    values: tuple[Data, ...]


class InformationReport(NamedTuple):
    """Values a meter sends by itself. `time` is a GeneralizedTime (`YYYYMMDDhhmmss...`) or None."""

    time: bytes | None
    variables: tuple[VariableAccess, ...]
    values: tuple[Data, ...]


_NAME: Final = codec.unsigned(2, "variable name", lambda value: f"short name {value:04X}")
_NUMBER: Final = codec.unsigned(2, "block number")
_LAST: Final = codec.flag("last block")
_RAW: Final = codec.octet_string("raw data")
_ERROR: Final = codec.unsigned(1, "data-access-error")
_VARIABLES: Final = codec.list_of(
    codec.choice(
        "variable access",
        option(2, VariableName, _NAME),
        option(4, ParameterizedAccess, _NAME, codec.unsigned(1, "selector"), codec.DATA),
        option(5, BlockNumberAccess, _NUMBER),
        option(6, ReadBlockAccess, _LAST, _NUMBER, _RAW),
        option(7, WriteBlockAccess, _LAST, _NUMBER),
    ),
    "variables",
)
_VALUES: Final = codec.list_of(codec.DATA, "values")
_READ_RESULTS: Final = codec.list_of(
    codec.choice(
        "read result",
        option(0, Data, codec.DATA),
        option(1, AccessResult, _ERROR),
        option(2, ReadBlock, _LAST, _NUMBER, _RAW),
        option(3, BlockNumber, _NUMBER),
    ),
    "results",
)
_WRITE_RESULTS: Final = codec.list_of(
    codec.choice("write result", option(0, Written), option(1, AccessResult, _ERROR), option(2, BlockNumber, _NUMBER)),
    "results",
)
_TIME: Final = codec.optional(codec.octet_string("GeneralizedTime"), "current time")

FORMS: Final = (
    form(ReadRequest, tags.READ_REQUEST, None, _VARIABLES),
    form(ReadResponse, tags.READ_RESPONSE, None, _READ_RESULTS),
    form(WriteRequest, tags.WRITE_REQUEST, None, _VARIABLES, _VALUES),
    form(WriteResponse, tags.WRITE_RESPONSE, None, _WRITE_RESULTS),
    form(UnconfirmedWrite, tags.UNCONFIRMED_WRITE, None, _VARIABLES, _VALUES),
    form(InformationReport, tags.INFORMATION_REPORT, None, _TIME, _VARIABLES, _VALUES),
)
