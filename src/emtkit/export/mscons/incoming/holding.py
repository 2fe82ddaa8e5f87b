"""What holds: of several MSCONS files the values that no later message overwrites or takes back.

    with Holding(paths) as holding:
        for number in range(len(paths)):
            for decoded in holding.decoded(number):
                ...

The files are read twice, whatever their order: first for the heads, the times and the cancellations, then for the
values. What is kept in between is a span for each register of a message, and which documents were taken back. Whatever
no longer holds is left out of readings and series, and the message's findings say so.

    cancellation (13006)   takes back the document in RFF+ACW of the same sender, unless that is newer
    load profiles, time    are overwritten: for each register and time the newest holds, by the version (SG6 DTM+293)
    series                 or the date of the message (DTM+137), of the same sender and Prüfidentifikator
    all other messages     hold until they are taken back; two for the same time are not decided here

Source: EDI@Energy MSCONS AHB 3.2, chapter 4 (Korrektur und Stornierung).
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from emtkit.capture.source import open_source
from emtkit.export.mscons.incoming.as_capture import chunks, read_decoded
from emtkit.export.mscons.incoming.editions import Edition, Lattice, Owner, Runs, Stale, place_of, seconds, stale_parts
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.incoming.to_readings import PROTOCOL, decode_message, stamp
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from typing import IO

    from emtkit.capture.source import Capture
    from emtkit.export.mscons.incoming.received import ReceivedMessage, ReceivedQuantity
    from emtkit.export.mscons.incoming.to_readings import Stamped
    from emtkit.model.decoded import Decoded, Origin

CANCELLATION: Final = "13006"
# These are cancelled and sent anew; time series of every other Prüfidentifikator are overwritten.
CANCELLED_FIRST: Final = frozenset(("13002", "13009", "13015", "13016", "13017", "13019", "13028"))
_IN_MEMORY: Final = 1 << 20
_MOST_NAMED: Final = 3  # newer messages that a finding names

Document = tuple[str, str]  # MP-ID of the sender, BGM 1004


class Cancellation(NamedTuple):
    """A 13006: its own document number, and its date in seconds (None where it has none)."""

    document: str
    date: int | None


class Holding:
    """Several files as one state of things."""

    def __init__(self, captures: Iterable[Capture]) -> None:
        """Read all files once. What is wrong with them is told when they are read for their values."""
        self._files = ExitStack()
        self._captures = [self._readable_again(capture) for capture in captures]
        self._firsts: list[int] = []  # number of the first message of each file
        self._cancelled: dict[Document, Cancellation] = {}
        self._known: set[int] = set()  # hashes of all documents: only to say which cancellations found none
        self._stale: dict[int, list[Stale]] = {}
        editions: dict[Lattice, list[Edition]] = {}
        messages = 0
        for capture in self._captures:
            self._firsts.append(messages)
            for message in _messages(_from_the_start(capture)):
                self._note(message, messages, editions)
                messages += 1
        for lattice, members in editions.items():
            if len(members) > 1:
                holding = [
                    one for one in members if self._cancellation(lattice.owner[0], one.document, one.date) is None
                ]
                for number, part in stale_parts(holding):
                    self._stale.setdefault(number, []).append(part)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what was kept of pipes."""
        self._files.close()

    def decoded(self, number: int, *, name: str | None = None) -> Iterator[Decoded]:
        """Give the messages of a file as `as_capture.read_decoded` does, without the values that no longer hold."""
        message = self._firsts[number]

        def take(received: ReceivedMessage, origin: Origin) -> Decoded:
            nonlocal message
            message += 1
            return self._what_holds(received, message - 1, origin)

        yield from read_decoded(_from_the_start(self._captures[number]), name=name, take=take)

    # --- first reading ---

    def _readable_again(self, capture: Capture) -> Capture:
        """Return the capture, or a copy of one that can be read only once (a pipe)."""
        if isinstance(capture, bytes | bytearray):
            return capture
        if isinstance(capture, str | Path) and str(capture) != "-" and not Path(capture).is_fifo():
            return capture
        copy: IO[bytes] = self._files.enter_context(
            tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - __exit__ closes it
        )
        with open_source(capture) as source:
            copy.writelines(chunks(source))
        return copy

    def _note(self, message: ReceivedMessage, number: int, editions: dict[Lattice, list[Edition]]) -> None:
        sender = _sender(message)
        date = _date(message.date)
        if message.is_cancellation or message.pruefidentifikator == CANCELLATION:
            if message.cancels:
                document = (sender, message.cancels)
                held = self._cancelled.get(document)
                if held is None or (held.date is not None and (date is None or date > held.date)):
                    self._cancelled[document] = Cancellation(message.document, date)
            return
        if message.document:
            self._known.add(hash((sender, message.document)))
        version = _date(message.version) if message.version is not None else date
        if message.pruefidentifikator in CANCELLED_FIRST or message.pruefidentifikator is None or version is None:
            return
        runs = Runs()
        owner = _owner(message, sender)
        for index, quantity in enumerate(message.quantities()):
            stamped = stamp(message, quantity, index)
            if stamped is not None and stamped.start <= stamped.end:
                runs.add(_of_register(owner, quantity), stamped.start, stamped.end)
        for run in runs.close():
            editions.setdefault(run.lattice, []).append(Edition(run, number, version, message.document, date))

    # --- second reading ---

    def _what_holds(self, message: ReceivedMessage, number: int, origin: Origin) -> Decoded:
        """Decode a message; leave out what no longer holds, and say so."""
        cancellation = self._cancellation(_sender(message), message.document, _date(message.date))
        if cancellation is not None and not message.is_cancellation:
            text = f"taken back by {cancellation.document or 'a cancellation'}: none of its values holds"
            return _without(message, origin, lambda _quantity, _stamped: True, "mscons.version.cancelled", text)
        stale = self._stale.get(number)
        if stale is not None:
            replaced = _Replaced(message, stale)
            newer = ", ".join(dict.fromkeys(part.document for part in stale[:_MOST_NAMED]))
            text = f"replaced by newer values: {newer}{' and others' if len(stale) > _MOST_NAMED else ''}"
            return _without(message, origin, replaced.holds_no_more, "mscons.version.replaced", text)
        decoded = decode_message(message, origin)
        if message.cancels and hash((_sender(message), message.cancels)) not in self._known:
            text = f"the message that it takes back is not in the input: {message.cancels}"
            decoded.diagnostics.append(_finding(Severity.INFO, "mscons.version.no_original", text, message))
        return decoded

    def _cancellation(self, sender: str, document: str, date: int | None) -> Cancellation | None:
        """Return what takes a message back; an older cancellation is of an earlier message with the same number."""
        found = self._cancelled.get((sender, document))
        return None if found is None or (found.date is not None and date is not None and found.date < date) else found


class _Replaced:
    """Says of each value of a message whether a newer message has it."""

    def __init__(self, message: ReceivedMessage, stale: list[Stale]) -> None:
        self._owner = _owner(message, _sender(message))
        self._parts: dict[Lattice, list[Stale]] = {}
        for part in sorted(stale, key=lambda part: part.begin):
            self._parts.setdefault(part.lattice, []).append(part)

    def holds_no_more(self, quantity: ReceivedQuantity, stamped: Stamped | None) -> bool:
        if stamped is None:
            return False
        place = place_of(_of_register(self._owner, quantity), stamped.start, stamped.end)
        parts = self._parts.get(place.lattice, ())
        index = bisect_right(parts, place.begin, key=lambda part: part.begin) - 1
        return index >= 0 and place.begin < parts[index].end


def _without(
    message: ReceivedMessage,
    origin: Origin,
    is_out: Callable[[ReceivedQuantity, Stamped | None], bool],
    code: str,
    text: str,
) -> Decoded:
    out = 0

    def leave_out(quantity: ReceivedQuantity, stamped: Stamped | None) -> bool:
        nonlocal out
        found = is_out(quantity, stamped)
        out += found
        return found

    decoded = decode_message(message, origin, leave_out)
    what = f"{out} of {out + len(decoded.readings)} values of {message.document} {text}"
    decoded.diagnostics.append(_finding(Severity.INFO, code, what, message))
    return decoded


def _messages(capture: Capture) -> Iterator[ReceivedMessage]:
    """Give the messages of a file as far as it can be read."""
    try:
        with open_source(capture) as packed:
            yield from read_interchange(chunks(packed.unpacked()))
    except (ConfigError, DecodeError):  # told when the file is read for its values
        return


def _from_the_start(capture: Capture) -> Capture:
    if not isinstance(capture, str | Path | bytes | bytearray):
        capture.seek(0)
    return capture


def _sender(message: ReceivedMessage) -> str:
    return message.sender.id or message.envelope.sender.id


def _owner(message: ReceivedMessage, sender: str) -> Owner:
    """Return whose values a message has: everything that two messages for the same values have in common."""
    places = (place.id for place in message.locations)
    return (
        sender,
        message.pruefidentifikator or "",
        message.document_code,
        message.device or "",
        *places,
        *message.konfigurations_ids,
    )


def _of_register(owner: Owner, quantity: ReceivedQuantity) -> Owner:
    return (*owner, quantity.line.obis)


def _date(moment: datetime | date | None) -> int | None:
    return seconds(moment.astimezone(UTC)) if isinstance(moment, datetime) else None


def _finding(severity: Severity, code: str, text: str, message: ReceivedMessage) -> Diagnostic:
    return Diagnostic(severity, code, PROTOCOL, message.reference, message.start, None, text)
