"""Binary streams: messages and frames one after the other, with rubbish between them.

Two ways: `scan_messages` for receivers whose messages begin with a marker, and `split_stream` for protocols that know
how to find their own frames (`Decoder.split`). Both read piece by piece and say on the next frame (on the last one at
the end) how many bytes belonged to none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.capture.frame import CaptureFailure, CaptureFrame, note
from emtkit.model.diagnostics import Severity
from emtkit.model.errors import DecodeError
from emtkit.protocols import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emtkit.capture.frame import CaptureItem
    from emtkit.capture.source import Source
    from emtkit.model.decoded import Origin
    from emtkit.protocols.context import Decoder

WINDOW: Final = 1024 * 1024
# The longest frame that is found wherever it stands. A window's last part is looked at again with what follows.
LONGEST_FRAME: Final = 128 * 1024
# Input in which no frame is found goes to the decoders as a whole, so that they say why; up to this size.
_WHOLE: Final = 64 * 1024
# What stands between frames and makes its decoder this sure is a damaged frame: it is decoded, to say what is wrong.
_DAMAGED: Final = 50


class Message(NamedTuple):
    """A message of a receiver that ends at `end`; `item` is None where it carries no telegram."""

    end: int
    item: CaptureItem | None


MORE: Final = Message(-1, None)  # the message is not complete yet
NONE: Final = Message(-2, None)  # what begins here is no message


class _Tally:
    """Counts what belongs to no frame and says so on the frames."""

    def __init__(self, at: Origin) -> None:
        self.at = at
        self.skipped = 0
        self.total = 0
        self.held: CaptureItem | None = None

    def put(self, item: CaptureItem, offset: int) -> Iterator[CaptureItem]:
        """Take the next item, which begins at `offset`; gives the one before it."""
        if self.held is not None:
            yield self.held
        if isinstance(item, CaptureFrame):
            item = item._replace(hints={**item.hints, "offset": offset})
        self.held = self._noted(item, "before this frame")

    def finish(self) -> Iterator[CaptureItem]:
        """Give the last item."""
        if self.held is not None:
            yield self._noted(self.held, "at the end of the recording")
        elif self.total:
            yield nothing_found(self.total, self.at)

    def _noted(self, item: CaptureItem, where: str) -> CaptureItem:
        skipped, self.skipped = self.skipped, 0
        if not skipped:
            return item
        unit = "byte belongs" if skipped == 1 else "bytes belong"
        finding = note(Severity.WARNING, "capture.stream.skipped", f"{skipped} {unit} to no frame ({where})")
        return item._replace(notes=(*item.notes, finding))


def nothing_found(size: int, at: Origin) -> CaptureFailure:
    """Return the failure for a stream without any frame."""
    return CaptureFailure(DecodeError("capture.stream.nothing", f"no frame in {size} bytes"), at)


def scan_messages(
    source: Source, marker: int, cut: Callable[[bytearray, int, bool], Message], at: Origin
) -> Iterator[CaptureItem]:
    """Give the telegrams of a receiver's stream.

    `cut(buffer, start, final)` is asked at each marker byte: it returns the message there, `MORE` or `NONE`. The time
    is linear as long as messages have a limited length.
    """
    tally = _Tally(at)
    buffer, base, final = bytearray(), 0, False
    while not final:
        piece = source.read()
        final = not piece
        buffer += piece
        tally.total += len(piece)
        place = 0
        while True:
            start = buffer.find(marker, place)
            tally.skipped += (len(buffer) if start < 0 else start) - place
            place = len(buffer) if start < 0 else start
            message = MORE if start < 0 else cut(buffer, start, final)
            if message is MORE and not (final and start >= 0):
                break
            if message is MORE or message is NONE:
                place += 1
                tally.skipped += 1
                continue
            place = message.end
            if message.item is not None:
                yield from tally.put(message.item, base + start)
        del buffer[:place]
        base += place
    yield from tally.finish()


def messages_cover(sample: bytes, marker: int, cut: Callable[[bytearray, int, bool], Message]) -> bool:
    """Say whether most of the sample is messages of a receiver (a message at its end may be cut off)."""
    buffer, place, covered = bytearray(sample), 0, 0
    while (start := buffer.find(marker, place)) >= 0:
        message = cut(buffer, start, False)
        if message is MORE or message is NONE:
            place = start + 1
            continue
        covered += message.end - start
        place = message.end
    return covered * 2 > len(sample)


def split_stream(source: Source, decoder: Decoder, at: Origin) -> Iterator[CaptureItem]:
    """Give the frames that a protocol finds in a stream."""
    tally = _Tally(at)
    buffer, base, final = bytearray(), 0, False
    while not final:
        while len(buffer) < WINDOW and not final:
            piece = source.read()
            final = not piece
            buffer += piece
        data = bytes(buffer)
        limit = len(data) if final else len(data) - LONGEST_FRAME
        place = 0
        for start, end in decoder.split(data):
            if start >= limit:
                break
            if start > place and decoder.sniff(data[place:start]) >= _DAMAGED:
                yield from tally.put(CaptureFrame(data[place:start], at, protocol=decoder.name), base + place)
            else:
                tally.skipped += start - place
            # a frame that is the whole input may as well be another protocol's
            is_all = final and base == 0 and (start, end) == (0, len(data))
            name = None if is_all else decoder.name
            yield from tally.put(CaptureFrame(data[start:end], at, protocol=name), base + start)
            place = end
        if tally.held is None and final and len(data) <= _WHOLE and base == 0:
            if data:
                yield CaptureFrame(data, at)
            return
        seen = max(place, limit)
        tally.skipped += seen - place
        tally.total = base + len(data)
        del buffer[:seen]
        base += seen
    yield from tally.finish()


def read_whole(source: Source, at: Origin) -> Iterator[CaptureItem]:
    """Give the whole input as one frame; more than a frame can have is a failure."""
    data = bytearray()
    while (piece := source.read()) and len(data) <= LONGEST_FRAME:
        data += piece
    if len(data) > LONGEST_FRAME:
        size = "more than " + str(LONGEST_FRAME)
        yield CaptureFailure(DecodeError("capture.stream.nothing", f"no frame in {size} bytes"), at)
    elif data:
        yield CaptureFrame(bytes(data), at)


def find_protocol(sample: bytes) -> Decoder | None:
    """Return the protocol whose frames fill the sample best, or None if none fills a tenth of it.

    Frames whose checksum was verified (their decoder is 100 % sure) decide; only where they fill less than a tenth,
    all frames count, as their decoder is sure of them.
    """
    verified: dict[str, int] = {}
    weighted: dict[str, int] = {}
    for decoder in registry.decoders():
        sure = [(decoder.sniff(sample[start:end]), end - start) for start, end in decoder.split(sample)]
        verified[decoder.name] = sum(100 * size for how, size in sure if how == 100)
        weighted[decoder.name] = sum(how * size for how, size in sure)
    for scores in (verified, weighted):
        best = max(scores, key=scores.__getitem__)
        if scores[best] > len(sample) * 10:
            return registry.decoder(best)
    return None
