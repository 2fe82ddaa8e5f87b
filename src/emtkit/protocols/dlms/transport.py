"""From bytes to APDUs: HDLC, the TCP wrapper, M-Bus frames, or nothing around them; segments are joined.

Each function reads all frames of a view, adds them to the layers, and yields the APDUs that are whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.decoded import Check
from emtkit.model.errors import DecodeError
from emtkit.protocols.dlms import hdlc, mbus_link, wrapper
from emtkit.protocols.dlms.framing import LLC_COMMAND, LLC_RESPONSE
from emtkit.protocols.dlms.hdlc import HdlcFrame, HdlcStream
from emtkit.protocols.dlms.mbus_link import MbusLinkStream
from emtkit.protocols.dlms.negotiation import read_negotiation
from emtkit.protocols.dlms.session import Associations
from emtkit.protocols.dlms.stream import Dropped
from emtkit.protocols.dlms.wrapper import WrapperStream
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from emtkit.protocols.context import Context
    from emtkit.protocols.dlms.mbus_link import MbusLinkFrame
    from emtkit.protocols.dlms.session import LinkKey
    from emtkit.wire.view import View

_LLC: Final[dict[bytes, str]] = {LLC_COMMAND: "client", LLC_RESPONSE: "server"}

RAW: Final[LinkKey] = ("raw", "", "")


class Pdu(NamedTuple):
    """A whole APDU. `sender` is `client`, `server`, or None where the transport does not say."""

    view: View
    link: LinkKey
    sender: str | None = None


class Reader:
    """Reads the frames of one input.

    layers, checks   what was found; the caller's lists
    call             marks this decode call for transfers that go on over several inputs
    """

    def __init__(self, ctx: Context, layers: list[Any], checks: list[Check], call: object) -> None:
        """Keep the surroundings."""
        self.ctx = ctx
        self.layers = layers
        self.checks = checks
        self.call = call
        self.store = ctx.memory.of(Associations)
        self.pending: View | None = None  # the last segment of a PDU that is not whole yet

    def _check(self, name: str, view: View, start: int, end: int, *, ok: bool, code: str, what: str) -> None:
        low, high = view.span(start, end)
        self.checks.append(Check(name, ok, "right" if ok else "wrong", low, high))
        if not ok:
            place = {"layer": code.rpartition(".")[0], "field": name, "view": view, "start": start, "end": end}
            self.ctx.error(code, f"{what} is wrong", **place)

    def _dropped(self, view: View, event: Dropped, layer: str) -> None:
        if self.ctx.trace is not None:
            self.ctx.trace.add(view, event.start, event.end, layer, "dropped", f"no frame: {event.reason}")
        self.ctx.warn(
            "dlms.stream.dropped",
            f"{event.end - event.start} bytes belong to no frame ({event.reason})",
            layer=layer,
            view=view,
            start=event.start,
            end=event.end,
        )

    # ---- HDLC

    def hdlc(self, view: View) -> Iterator[Pdu]:
        """Read HDLC frames. Raises the first frame's own error when there is none at all."""
        stream = HdlcStream()
        events = [*stream.feed(view.data), *stream.eof()]
        if not stream.frames:
            yield from self._hdlc_frame(view, hdlc.read_frame(view, 0, self.ctx.trace))
            return
        if self.ctx.trace is not None and view.data.strip(bytes((hdlc.FLAG,))) != view.data:
            self.ctx.trace.add(view, 0, len(view.data), hdlc.LAYER, "flag", "flag between frames")
        for event in events:
            if isinstance(event, Dropped):
                self._dropped(view, event, hdlc.LAYER)
                continue
            if self.ctx.trace is not None:
                frame = hdlc.read_frame(view, event.start, self.ctx.trace)
            else:
                low, high = event.frame.info
                at = event.start
                frame = event.frame._replace(start=at, end=event.end, info=(low + at, high + at))
            yield from self._hdlc_frame(view, frame)

    def _hdlc_frame(self, view: View, frame: HdlcFrame) -> Iterator[Pdu]:
        self.layers.append(frame)
        low, high = frame.info
        if frame.hcs_ok is not None:
            self._check(
                "hdlc.hcs", view, low - 2, low, ok=frame.hcs_ok, code="dlms.hdlc.hcs", what="the header check sequence"
            )
        self._check(
            "hdlc.fcs", view, high, high + 2, ok=frame.fcs_ok, code="dlms.hdlc.fcs", what="the frame check sequence"
        )
        kind = frame.kind
        if kind in ("SNRM", "UA"):
            cur = Cursor(view, hdlc.LAYER, start=low, end=high, trace=self.ctx.trace)
            self.layers.append(read_negotiation(cur))
        elif kind in ("I", "UI") and low < high:
            yield from self._hdlc_segment(view.slice(low, high), frame)
        elif low < high and self.ctx.trace is not None:
            self.ctx.trace.add(view, low, high, hdlc.LAYER, "information", f"information field of {kind}")

    def _hdlc_segment(self, info: View, frame: HdlcFrame) -> Iterator[Pdu]:
        link = ("hdlc", str(frame.source), str(frame.destination))
        transfer = self.store.segments(link)
        number = frame.control >> 1 & 7 if frame.kind == "I" else transfer.last + 1
        if info.data[:3] in _LLC:
            if transfer:
                self._lost(
                    hdlc.LAYER, "dlms.hdlc.segment_lost", "a new PDU begins before the one before was whole", info
                )
            transfer.clear()
        elif transfer and frame.kind == "I" and number != (transfer.last + 1) & 7:
            if number == transfer.last:
                self.ctx.info("dlms.hdlc.repeated", "a segment came twice", layer=hdlc.LAYER, view=info, end=len(info))
                return
            self._lost(hdlc.LAYER, "dlms.hdlc.segment_lost", "a segment is missing", info)
            transfer.clear()
            return
        if not transfer and not frame.segmented:
            yield self._llc(info, link)
        elif not transfer.add(info, number, self.call):
            transfer.clear()
            self._lost(hdlc.LAYER, "dlms.transfer.size", "more segments than one PDU can have", info)
        elif frame.segmented:
            self.pending = info
        else:
            self.pending = None
            yield self._llc(transfer.take(self.call), link)

    def _llc(self, view: View, link: LinkKey) -> Pdu:
        sender = _LLC.get(view.data[:3])
        if sender is None:
            return Pdu(view, link)
        if self.ctx.trace is not None:
            self.ctx.trace.add(view, 0, 3, "dlms.llc", "llc", f"LLC, from the {sender}")
        return Pdu(view.slice(3), link, sender)

    def _lost(self, layer: str, code: str, message: str, view: View) -> None:
        self.ctx.warn(code, message, layer=layer, view=view, start=0, end=len(view))

    # ---- TCP wrapper

    def wrapped(self, view: View) -> Iterator[Pdu]:
        """Read wrapped APDUs."""
        stream = WrapperStream()
        events = [*stream.feed(view.data), *stream.eof()]
        if not stream.frames:
            found = wrapper.read_wrapper(view, 0, self.ctx.trace)
            self.layers.append(found)
            yield Pdu(view.slice(*found.apdu), ("wrapper", str(found.source), str(found.destination)))
            return
        for event in events:
            if isinstance(event, Dropped):
                self._dropped(view, event, wrapper.LAYER)
                continue
            found = wrapper.read_wrapper(view, event.start, self.ctx.trace)
            self.layers.append(found)
            yield Pdu(view.slice(*found.apdu), ("wrapper", str(found.source), str(found.destination)))

    # ---- M-Bus

    def mbus(self, view: View) -> Iterator[Pdu]:
        """Read M-Bus frames."""
        stream = MbusLinkStream()
        events = [*stream.feed(view.data), *stream.eof()]
        if not stream.frames:
            yield from self._mbus_frame(view, mbus_link.read_mbus_frame(view, 0, self.ctx.trace))
            return
        for event in events:
            if isinstance(event, Dropped):
                self._dropped(view, event, mbus_link.LAYER)
            else:
                yield from self._mbus_frame(view, mbus_link.read_mbus_frame(view, event.start, self.ctx.trace))

    def _mbus_frame(self, view: View, frame: MbusLinkFrame) -> Iterator[Pdu]:
        self.layers.append(frame)
        at = frame.end - 2
        self._check(
            "mbus.checksum", view, at, at + 1, ok=frame.checksum_ok, code="dlms.mbus.checksum", what="the checksum"
        )
        if frame.overflow:
            self.ctx.info(
                "dlms.mbus.overflow",
                f"the length field says {frame.end - frame.start - 6 - mbus_link.OVERFLOW}, the frame has 256 more",
                layer=mbus_link.LAYER,
                view=view,
                start=frame.start,
                end=frame.start + 4,
            )
        data = view.slice(*frame.data)
        link = ("mbus", str(frame.address), "")  # not the SAPs: continuations with other bytes there are in use
        transfer = self.store.segments(link)
        if frame.segment == 0:
            transfer.clear()
        if frame.segment == 0 and frame.last:
            yield Pdu(data, link)
        elif frame.segment and (not transfer or frame.segment != transfer.last + 1):
            transfer.clear()
            self._lost(mbus_link.LAYER, "dlms.mbus.segment_lost", f"segment {frame.segment} follows none", data)
        elif transfer.add(data, frame.segment, self.call) and frame.last:
            self.pending = None
            yield Pdu(transfer.take(self.call), link)
        else:
            self.pending = data

    # ---- nothing

    def bare(self, view: View) -> Iterator[Pdu]:
        """Read an APDU without a transport, with or without LLC."""
        yield self._llc(view, RAW)


def require_bytes(view: View) -> None:
    """Raise DecodeError `dlms.frame.empty` for no bytes at all."""
    if not view.data:
        raise DecodeError("dlms.frame.empty", "no bytes", layer="dlms")
