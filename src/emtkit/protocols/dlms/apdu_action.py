"""ACTION: invoking methods by logical name. Source: IEC 62056-5-3, Action-Request, Action-Response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms import apdu_parts as parts
from emtkit.protocols.dlms import codec, tags
from emtkit.protocols.dlms.apdu_form import form

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_parts import MethodDescriptor, PlainBlock
    from emtkit.protocols.dlms.axdr import Data
    from emtkit.protocols.dlms.results import AccessResult, ActionResult


class ActionRequest(NamedTuple):
    """Invoke one method."""

    invoke: int
    descriptor: MethodDescriptor
    parameters: Data | None


class ActionRequestNext(NamedTuple):
    """Ask for the block after `number` of what the method returned."""

    invoke: int
    number: int


class ActionRequestWithList(NamedTuple):
    """Invoke several methods."""

    invoke: int
    descriptors: tuple[MethodDescriptor, ...]
    parameters: tuple[Data, ...]


class ActionRequestFirstBlock(NamedTuple):
    """Invoke one method, the parameters in pieces: the first."""

    invoke: int
    descriptor: MethodDescriptor
    block: PlainBlock


class ActionRequestWithListFirstBlock(NamedTuple):
    """Invoke several methods, the parameters in pieces: the first."""

    invoke: int
    descriptors: tuple[MethodDescriptor, ...]
    block: PlainBlock


class ActionRequestBlock(NamedTuple):
    """A further piece of the parameters."""

    invoke: int
    block: PlainBlock


class ActionOutcome(NamedTuple):
    """Whether the method was invoked, and what it returned (None: nothing)."""

    result: ActionResult
    returned: Data | AccessResult | None


class ActionResponse(NamedTuple):
    """What became of one method."""

    invoke: int
    outcome: ActionOutcome


class ActionResponseBlock(NamedTuple):
    """A piece of what the method returned."""

    invoke: int
    block: PlainBlock


class ActionResponseWithList(NamedTuple):
    """What became of several methods."""

    invoke: int
    outcomes: tuple[ActionOutcome, ...]


class ActionResponseNext(NamedTuple):
    """A piece has arrived; the next one please."""

    invoke: int
    number: int


_PARAMETERS: Final = codec.optional(codec.DATA, "parameters")
_METHODS: Final = codec.list_of(parts.METHOD, "methods")
_OUTCOME: Final = codec.record(
    ActionOutcome, parts.ACTION_RESULT, codec.optional(parts.DATA_RESULT, "return parameters")
)

FORMS: Final = (
    form(ActionRequest, tags.ACTION_REQUEST, 1, parts.INVOKE, parts.METHOD, _PARAMETERS),
    form(ActionRequestNext, tags.ACTION_REQUEST, 2, parts.INVOKE, parts.BLOCK_NUMBER),
    form(
        ActionRequestWithList,
        tags.ACTION_REQUEST,
        3,
        parts.INVOKE,
        _METHODS,
        codec.list_of(codec.DATA, "parameters"),
    ),
    form(ActionRequestFirstBlock, tags.ACTION_REQUEST, 4, parts.INVOKE, parts.METHOD, parts.PLAIN_BLOCK),
    form(ActionRequestWithListFirstBlock, tags.ACTION_REQUEST, 5, parts.INVOKE, _METHODS, parts.PLAIN_BLOCK),
    form(ActionRequestBlock, tags.ACTION_REQUEST, 6, parts.INVOKE, parts.PLAIN_BLOCK),
    form(ActionResponse, tags.ACTION_RESPONSE, 1, parts.INVOKE, _OUTCOME),
    form(ActionResponseBlock, tags.ACTION_RESPONSE, 2, parts.INVOKE, parts.PLAIN_BLOCK),
    form(ActionResponseWithList, tags.ACTION_RESPONSE, 3, parts.INVOKE, codec.list_of(_OUTCOME, "outcomes")),
    form(ActionResponseNext, tags.ACTION_RESPONSE, 4, parts.INVOKE, parts.BLOCK_NUMBER),
)
