"""Requests and answers: which answer belongs to which request, long values put together, values read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.protocols.dlms import axdr, objects
from emtkit.protocols.dlms.apdu_access import (
    AccessGet,
    AccessGetSelection,
    AccessRequest,
    AccessResponse,
)
from emtkit.protocols.dlms.apdu_action import (
    ActionRequest,
    ActionRequestBlock,
    ActionRequestFirstBlock,
    ActionRequestWithList,
    ActionRequestWithListFirstBlock,
    ActionResponse,
    ActionResponseBlock,
    ActionResponseWithList,
)
from emtkit.protocols.dlms.apdu_get import (
    GetRequest,
    GetRequestWithList,
    GetResponse,
    GetResponseBlock,
    GetResponseWithList,
)
from emtkit.protocols.dlms.apdu_parts import DATA_RESULT, AttributeRequest
from emtkit.protocols.dlms.apdu_set import (
    SetRequest,
    SetRequestBlock,
    SetRequestFirstBlock,
    SetRequestWithListFirstBlock,
    SetResponse,
    SetResponseLastBlock,
    SetResponseLastBlockWithList,
    SetResponseWithList,
)
from emtkit.protocols.dlms.apdu_sn import ReadResponse
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.codec import LAYER, list_of
from emtkit.protocols.dlms.pushing import Pushes
from emtkit.protocols.dlms.readings import make_reading
from emtkit.protocols.dlms.results import SUCCESS, AccessResult, ActionResult
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emtkit.protocols.dlms.session import Association
    from emtkit.protocols.dlms.walk import Walk
    from emtkit.wire.view import View

_INVOKE: Final = 0x0F
_LONG_INVOKE: Final = 0xFFFFFF
_RESULTS: Final = list_of(DATA_RESULT, "results")


class Answers:
    """Reads the services of a walk."""

    def __init__(self, walk: Walk) -> None:
        """Keep where the results go."""
        self.walk = walk
        self.ctx = walk.ctx
        self._pushes = Pushes(walk)

    def take(self, apdu: Any, view: View, association: Association) -> None:  # noqa: ANN401 - any APDU
        """Take a request or an answer."""
        handler = _HANDLERS.get(type(apdu))
        if handler is not None:
            handler(self, apdu, view, association)

    # ---- requests

    def remember(self, apdu: Any, _view: View, association: Association) -> None:  # noqa: ANN401 - any request
        """Keep a request until its answer comes."""
        association.requests[apdu.invoke & _INVOKE] = apdu

    def remember_access(self, apdu: AccessRequest, _view: View, association: Association) -> None:
        """Keep an access request; it has invoke ids of its own, one is kept."""
        association.requests[-1] = apdu

    def outgoing_block(self, apdu: Any, view: View, association: Association) -> None:  # noqa: ANN401 - any block
        """Put together a value that is written in blocks; when it is whole, read it as values for its types."""
        first = not isinstance(apdu, SetRequestBlock | ActionRequestBlock)
        if first:
            self.remember(apdu, view, association)
        transfer = association.transfer(f"out {apdu.invoke & _INVOKE}")
        block = apdu.block
        if first:
            transfer.clear()
        self._add(transfer, block.number, block.raw, view, last=block.last, whole=self._outgoing_whole)

    def _outgoing_whole(self, whole: View) -> None:
        cur = Cursor(whole, LAYER, trace=self.ctx.trace)
        values = []
        while cur.left:
            if cur.peek() not in axdr.NAMES:
                break
            values.append(axdr.read_data(cur))
        self.walk.layers += values

    # ---- answers

    def get_response(self, apdu: GetResponse, view: View, association: Association) -> None:
        """Read the value of one attribute."""
        request = association.requests.pop(apdu.invoke & _INVOKE, None)
        wanted = request.request if isinstance(request, GetRequest) else None
        self._results([wanted], [apdu.result], view, association)

    def get_list(self, apdu: GetResponseWithList, view: View, association: Association) -> None:
        """Read the values of several attributes."""
        request = association.requests.pop(apdu.invoke & _INVOKE, None)
        wanted = request.requests if isinstance(request, GetRequestWithList) else ()
        self._results(wanted, apdu.results, view, association)

    def get_block(self, apdu: GetResponseBlock, view: View, association: Association) -> None:
        """Put together a long value."""
        block = apdu.block
        transfer = association.transfer(f"get {apdu.invoke & _INVOKE}")
        if isinstance(block.raw, AccessResult):
            transfer.clear()
            self.walk.refused(view, str(block.raw))
            return
        if block.number <= 1:
            transfer.clear()
        request = association.requests.get(apdu.invoke & _INVOKE)

        def whole(joined: View) -> None:
            association.requests.pop(apdu.invoke & _INVOKE, None)
            cur = Cursor(joined, LAYER, trace=self.ctx.trace)
            if isinstance(request, GetRequestWithList):
                self._results(request.requests, _RESULTS.read(cur), joined, association)
            else:
                wanted = request.request if isinstance(request, GetRequest) else None
                self._results([wanted], [axdr.read_data(cur)], joined, association)
            self._rest(cur)

        self._add(transfer, block.number, block.raw, view, last=block.last, whole=whole)

    def _add(
        self,
        transfer: Any,  # noqa: ANN401 - session.Transfer
        number: int,
        raw: bytes,
        view: View,
        *,
        last: bool,
        whole: Callable[[View], None],
    ) -> None:
        """Add a block; when it is the last, hand on the whole value."""
        if transfer and number == transfer.last:
            self.ctx.info("dlms.block.repeated", f"block {number} came twice", layer=LAYER, view=view, end=len(view))
            return
        if (transfer and number != transfer.last + 1) or (not transfer and number > 1):
            after = f"after block {transfer.last}" if transfer else "without those before it"
            self.ctx.warn("dlms.block.gap", f"block {number} {after}", layer=LAYER, view=view, start=0, end=len(view))
            transfer.clear()
            return
        # the piece is the last field of its APDU
        if not transfer.add(view.slice(len(view) - len(raw)), number, self.walk.call):
            self.ctx.error("dlms.transfer.size", "more blocks than one value can have", layer=LAYER)
            transfer.clear()
        elif last:
            whole(transfer.take(self.walk.call))
        else:
            self.ctx.info("dlms.block.pending", f"block {number}, more follow", layer=LAYER, view=view, end=len(view))

    def _rest(self, cur: Cursor) -> None:
        if cur.left:
            left = cur.left
            at = cur.pos
            cur.rest("rest")
            cur.note("not understood")
            self.ctx.warn(
                "dlms.apdu.trailing",
                f"{left} bytes after the value",
                layer=LAYER,
                view=cur.view,
                start=at,
                end=cur.end,
            )

    def access(self, apdu: AccessResponse, view: View, association: Association) -> None:
        """Read the values of an access response; what was asked for is in it or in the request."""
        request = association.requests.pop(-1, None)
        steps = apdu.specifications
        if steps is None and isinstance(request, AccessRequest):
            same = request.invoke & _LONG_INVOKE == apdu.invoke & _LONG_INVOKE
            steps = request.specifications if same else None
        wanted: list[AttributeRequest | None] = []
        for step in steps or ():
            if isinstance(step, AccessGet):
                wanted.append(AttributeRequest(step.descriptor))
            elif isinstance(step, AccessGetSelection):
                wanted.append(AttributeRequest(step.descriptor, step.access))
            else:
                wanted.append(None)
        kept = [(want, data) for want, data in zip(wanted, apdu.data, strict=False) if data.tag != axdr.NULL]
        if len(wanted) != len(apdu.data):
            kept = [(None, data) for data in apdu.data if data.tag != axdr.NULL]
        self._results([want for want, _ in kept], [data for _, data in kept], view, association)
        for result in apdu.results:
            self._outcome(result.result, view)

    def action(self, apdu: ActionResponse, view: View, association: Association) -> None:
        """Note what became of a method."""
        association.requests.pop(apdu.invoke & _INVOKE, None)
        self._outcome(apdu.outcome.result, view)

    def action_list(self, apdu: ActionResponseWithList, view: View, association: Association) -> None:
        """Note what became of several methods."""
        association.requests.pop(apdu.invoke & _INVOKE, None)
        for outcome in apdu.outcomes:
            self._outcome(outcome.result, view)

    def action_block(self, apdu: ActionResponseBlock, view: View, association: Association) -> None:
        """Put together what a method returned."""
        transfer = association.transfer(f"action {apdu.invoke & _INVOKE}")
        if apdu.block.number <= 1:
            transfer.clear()
        self._add(transfer, apdu.block.number, apdu.block.raw, view, last=apdu.block.last, whole=self._outgoing_whole)

    def written(self, apdu: Any, view: View, association: Association) -> None:  # noqa: ANN401 - any set response
        """Note what became of a write."""
        association.requests.pop(apdu.invoke & _INVOKE, None)
        for result in getattr(apdu, "results", None) or (apdu.result,):
            self._outcome(result, view)

    def read_response(self, apdu: ReadResponse, view: View, association: Association) -> None:
        """Read values by short name, which no table names."""
        results = [result for result in apdu.results if isinstance(result, Data | AccessResult)]
        self._results([None] * len(results), results, view, association)

    # ---- values

    def _results(
        self,
        wanted: Iterable[AttributeRequest | None],
        results: Iterable[Data | AccessResult],
        view: View,
        association: Association,
    ) -> None:
        asked = list(wanted)
        source = self._pushes.source(view)
        moment = self._pushes.moment(None, source)
        for number, result in enumerate(results):
            request = asked[number] if number < len(asked) else None
            if isinstance(result, AccessResult):
                name = "" if request is None else f"{request.descriptor.logical_name}: "
                self.walk.refused(view, f"{name}{result}")
            elif request is None:
                self.walk.readings.append(make_reading(source, result, moment=moment))
            else:
                found = objects.take_value(request, result, association.objects, source, moment, self.ctx)
                self.walk.layers += found.layers
                self.walk.readings += found.readings

    def _outcome(self, result: AccessResult | ActionResult, view: View) -> None:
        if result.code != SUCCESS:
            self.walk.refused(view, str(result))


_HANDLERS: Final[dict[type[Any], Callable[[Answers, Any, View, Association], None]]] = {
    GetRequest: Answers.remember,
    GetRequestWithList: Answers.remember,
    SetRequest: Answers.remember,
    ActionRequest: Answers.remember,
    ActionRequestWithList: Answers.remember,
    AccessRequest: Answers.remember_access,
    SetRequestFirstBlock: Answers.outgoing_block,
    SetRequestWithListFirstBlock: Answers.outgoing_block,
    SetRequestBlock: Answers.outgoing_block,
    ActionRequestFirstBlock: Answers.outgoing_block,
    ActionRequestWithListFirstBlock: Answers.outgoing_block,
    ActionRequestBlock: Answers.outgoing_block,
    GetResponse: Answers.get_response,
    GetResponseWithList: Answers.get_list,
    GetResponseBlock: Answers.get_block,
    SetResponse: Answers.written,
    SetResponseLastBlock: Answers.written,
    SetResponseLastBlockWithList: Answers.written,
    SetResponseWithList: Answers.written,
    ActionResponse: Answers.action,
    ActionResponseWithList: Answers.action_list,
    ActionResponseBlock: Answers.action_block,
    AccessResponse: Answers.access,
    ReadResponse: Answers.read_response,
}
