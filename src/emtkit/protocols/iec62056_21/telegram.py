"""One telegram: the walk over its messages and data sets, and what it collects on the way.

The same walk serves `decode` and `explain`: with a trace every token leaves a span, without one nothing is recorded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from emtkit.model.decoded import Check
from emtkit.protocols.iec62056_21.datasets import GROUPS, JUNK, LINE_END, NUMBER, TOKEN, UNIT
from emtkit.protocols.iec62056_21.heat import is_heat_meter
from emtkit.protocols.iec62056_21.messages import (
    Identification,
    block_check,
    read_command,
    read_identification,
    read_request,
    read_select,
)
from emtkit.protocols.iec62056_21.values import Values
from emtkit.wire.checksums import crc16_arc

if TYPE_CHECKING:
    from emtkit.protocols.context import Context
    from emtkit.protocols.iec62056_21.profiles import ProfileBlock
    from emtkit.wire.view import View

LAYER: Final = "iec62056_21"

_LINE: Final = re.compile(r"[^\r\n]*+")
_LINE_END: Final = re.compile(r"\r?\n|\r")
_AFTER_END: Final = re.compile(r"([0-9A-Fa-f]{1,4})?[ \t]*+(\r\n|\r|\n)?+")
_NEXT_LINE: Final = re.compile(r"\n/[A-Za-z]{3}")  # an identification inside a block: the block broke off
_CONTROLS: Final = {"\x03": "ETX", "\x04": "EOT", "\x06": "ACK", "\x15": "NAK"}


@dataclass(slots=True)
class Session:
    """What earlier messages of a programming session said: who speaks, and a profile that goes on in the next block.

    A session starts with an identification and ends with `!`, with `B0`, or with data that have no frame: what comes
    after that may be another meter's.
    """

    identification: Identification | None = None
    serial: str | None = None
    identifier: str | None = None
    profile: ProfileBlock | None = None

    def close(self) -> None:
        """Forget who spoke."""
        self.identification = self.serial = self.identifier = self.profile = None


@dataclass(slots=True)
class Telegram:
    """The walk over one view.

    at         where it stands
    found      whether anything of the protocol was there
    ended      a message is complete: what follows is trailing
    over_with  `!` was read: the meter has said all it wanted to
    """

    view: View
    ctx: Context
    text: str
    values: Values
    session: Session
    layers: list[Any] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    identification: Identification | None = None
    at: int = 0
    found: bool = False
    ended: bool = False
    over_with: bool = False

    @classmethod
    def over(cls, view: View, ctx: Context) -> Telegram:
        """Start at the beginning of a view of seven-bit (or Latin-1) characters."""
        text = view.data.decode("latin-1")
        session = ctx.memory.of(Session)
        values = Values(view, ctx, view.data, heat=is_heat_meter(text), direct=view.is_input)
        return cls(view, ctx, text, values, session)

    def walk(self) -> None:
        """Read all messages of the view."""
        size = len(self.text)
        while self.at < size:
            match self.text[self.at]:
                case "/" if self.ended and self.identification is not None and self.next_telegram():
                    break
                case "/":
                    self.read_line()
                case "\x01":
                    self.read_command()
                case "\x02":
                    self.read_block()
                case "\x06":
                    self.read_acknowledgement()
                case "\x03" | "\x04" | "\x15" | "\x05":
                    self.skip_control()
                case _:
                    self.read_bare(size)

    def read_bare(self, size: int) -> None:
        """Read data sets that have no frame: nothing says that they are the meter's that spoke before."""
        before = len(self.values.readings) + len(self.values.layers)
        self.read_data(self.at, size)
        if len(self.values.readings) + len(self.values.layers) > before:
            self.session.close()

    def next_telegram(self) -> bool:
        """Report a further telegram in the same input: it may be another meter's, so its readings stay out."""
        size = len(self.text)
        if read_identification(self.text[self.at : _LINE.match(self.text, self.at).end()]) is None:  # type: ignore[union-attr] # matches the empty line too
            return False
        place: dict[str, Any] = {"layer": LAYER, "field": "frame", "view": self.view, "start": self.at, "end": size}
        self.ctx.warn("iec62056_21.frame.several", "a further telegram follows; this is the first only", **place)
        self.span(self.at, size, "next_telegram", "a further telegram, not part of this one")
        return True

    def read_line(self) -> None:
        """Read an identification or request line."""
        start = self.at
        end = _LINE.match(self.text, start).end()  # type: ignore[union-attr] # matches the empty line too
        line = self.text[start:end]
        request = read_request(line)
        if request is not None:
            end = start + line.index("!") + 1
            self.layers.append(request)
            self.span(start, end, "request", f"request to {request.address or 'every meter'}")
        else:
            identification = read_identification(line)
            if identification is None:
                self.unreadable(start, end)
                self.at = self.line_end(end)
                return
            self.identify(identification, start, end)
        self.found = True
        self.at = self.line_end(end)
        if request is None:
            self.read_mode_d(start)

    def identify(self, identification: Identification, start: int, end: int) -> None:
        """Keep who speaks; a second identification starts a new telegram."""
        self.session.close()
        self.identification = self.session.identification = identification
        self.values.profile = None
        self.layers.append(identification)
        if self.ctx.trace is not None:
            rate = f", {identification.baud_rate} Bd" if identification.baud_rate else ""
            meaning = f"{identification.manufacturer}, mode {identification.mode}{rate}: {identification.text}"
            self.span(start, end, "identification", meaning)

    def read_mode_d(self, start: int) -> None:
        """Read the data that follow an identification without STX: mode D and P1, up to the line with `!`."""
        at = self.at
        while at < len(self.text) and self.text[at] in "\r\n":
            at += 1
        if at < len(self.text) and self.text[at] not in "\x01\x02\x06\x15/":
            self.span(self.at, at, "line_end", "line end")
            self.read_data(at, len(self.text), line=start)

    def read_command(self) -> None:
        """Read a programming message SOH ... ETX BCC."""
        start = self.at
        end = self.block_end(start)
        command = read_command(self.text, start, end)
        if command is None:
            self.unreadable(start, max(end, start + 1))
            self.at = max(end, start + 1)
            return
        self.found = True
        self.layers.append(command)
        self.span(start, start + 1, "SOH", "start of header")
        self.span(start + 1, start + 3, "command", command.meaning)
        if command.data or self.text[start + 3 : end] == "\x02":
            self.span(start + 3, end, "data", command.data)
        self.finish_block(start, end)
        if command.letter == "B":
            self.session.close()

    def read_block(self) -> None:
        """Read a data block STX ... ETX BCC (EOT: more follows)."""
        start = self.at
        end = self.block_end(start)
        self.found = True
        self.span(start, start + 1, "STX", "start of text")
        if self.session.profile is not None:
            self.values.profile = self.values.resumed = self.session.profile
        self.at = start + 1
        while self.at < end:
            before = self.at
            self.read_data(before, end)
            if self.at == before:
                self.skip_control()
        more = self.text[end : end + 1] == "\x04"
        self.session.profile = self.values.profile.continued() if more and self.values.profile is not None else None
        self.finish_block(start, end)

    def block_end(self, start: int) -> int:
        """Return where ETX or EOT stands, or where the block breaks off: a new start, or the end of the input."""
        text = self.text
        # the STX inside a command belongs to it
        at = start + (4 if text[start] == "\x01" and text[start + 3 : start + 4] == "\x02" else 1)
        ends = [place for mark in "\x03\x04\x01\x02" if (place := text.find(mark, at)) >= 0]
        found = min(ends, default=len(text))
        line = _NEXT_LINE.search(text, at, found)
        return line.start() + 1 if line is not None else found

    def finish_block(self, start: int, end: int) -> None:
        """Read ETX and the block check character, and compare it."""
        closed = self.text[end : end + 1] in ("\x03", "\x04")
        stop = end + 2 if closed else end
        place = {"layer": LAYER, "field": "bcc", "view": self.view, "start": start, "end": min(stop, len(self.text))}
        if not closed or stop > len(self.text):
            what = "its block check character" if closed else "its end"
            self.check("bcc", None, f"{what} is missing", end, min(stop, len(self.text)))
            self.ctx.warn("iec62056_21.bcc.missing", f"the message breaks off before {what}", **place)
        else:
            expected, sent = block_check(self.view.data[start : end + 1]), self.view.data[end + 1] & 0x7F
            right = expected == sent
            self.check("bcc", right, f"{sent:02X}" + ("" if right else f", computed {expected:02X}"), end + 1, stop)
            if not right:
                self.ctx.error("iec62056_21.bcc.mismatch", f"block check {sent:02X} is not {expected:02X}", **place)
            self.span(end + 1, stop, "bcc", f"block check character, {'right' if right else 'wrong'}")
        if closed:
            self.span(end, end + 1, _CONTROLS[self.text[end]], "more follows" if self.text[end] == "\x04" else "end")
        self.at = min(stop, len(self.text))
        self.ended = True

    def read_acknowledgement(self) -> None:
        """Read ACK, alone or with an option select."""
        select = read_select(self.text, self.at)
        if select is None:
            self.skip_control()
            return
        option, end = select
        self.found = True
        self.layers.append(option)
        meaning = f"option select: protocol {option.protocol}, baud {option.baud}, mode {option.mode}"
        self.span(self.at, end, "option_select", meaning)
        self.at = end

    def skip_control(self) -> None:
        """Step over a control character that stands alone."""
        name = _CONTROLS.get(self.text[self.at], "control")
        self.span(self.at, self.at + 1, name, name)
        self.at += 1

    def read_data(self, start: int, limit: int, *, line: int | None = None) -> None:
        """Read data sets up to `!`, a control character or `limit`.

        `line` is where the identification of mode D or P1 starts: its CRC reaches from there to `!`.
        """
        values, junk = self.values, -1
        read_number, read_set = values.read_number, values.read_set
        tracing = self.ctx.trace is not None
        end = limit
        for token in TOKEN.finditer(self.text, start, limit):
            kind = token.lastindex
            if kind == JUNK:
                junk = token.start() if junk < 0 else junk
                continue
            if junk >= 0:
                # what is left of a set whose start is damaged may look like another register: it goes with the rest
                cut = token.end(kind) + (kind == UNIT) if kind in (UNIT, GROUPS) else token.start()
                self.unreadable(junk, cut)
                values.profile = None  # a row may be among it, and those after it would get the wrong time
                junk = -1
                if cut > token.start():
                    self.span(cut, token.end(), "line_end", "line end")
                    continue
            if kind == UNIT:
                name, number, unit = token.group(1, NUMBER, UNIT)
                stop = token.end(UNIT) + 1
                read_number(name, number, unit, token.start(), stop)
            elif kind == GROUPS:
                stop = token.end(GROUPS)
                read_set(token[1], token[GROUPS], token.start(), stop)
            elif kind == LINE_END:
                stop = token.start()
            else:
                end = token.start()
                break
            if tracing:
                self.span(stop, token.end(), "line_end", "line end")
        else:
            if junk >= 0:
                self.unreadable(junk, limit)
        self.found = self.found or bool(values.readings or values.layers)
        if end < limit and self.text[end] == "!":
            self.end_of_data(end, line)
            return
        if line is not None:
            self.ctx.warn(
                "iec62056_21.block.unterminated",
                "the data end without the closing !",
                layer=LAYER,
                field="end",
                view=self.view,
                start=line,
                end=end,
            )
        self.at = end

    def end_of_data(self, at: int, line: int | None) -> None:
        """Read `!`, a CRC after it (DSMR 4 and later) and the line end."""
        found = _AFTER_END.match(self.text, at + 1)
        crc = found[1] if found else None
        self.span(at, at + 1, "end", "end of data")
        self.at = found.end() if found else at + 1
        if crc is not None:
            stop = at + 1 + len(crc)
            self.check_crc(line, at, crc)
            self.span(stop, self.at, "line_end", "line end")
        else:
            self.span(at + 1, self.at, "line_end", "line end")
        self.values.profile = None
        self.ended = self.over_with = True

    def check_crc(self, line: int | None, at: int, crc: str) -> None:
        """Compare the CRC-16 of a P1 telegram, from `/` to `!`; leading zeros may be left out."""
        start, end = at + 1, at + 1 + len(crc)
        if line is None:
            self.check("crc16", None, f"{crc}, the first line is missing", start, end)
            self.span(start, end, "crc", "CRC-16, not checked: the first line is missing")
            message = "the telegram starts without its first line: its first register may be cut"
            place: dict[str, Any] = {"layer": LAYER, "field": "crc", "view": self.view, "start": start, "end": end}
            self.ctx.warn("iec62056_21.crc.unchecked", message, **place)
            return
        expected = crc16_arc(self.view.data[line : at + 1])
        right = int(crc, 16) == expected
        self.check("crc16", right, crc if right else f"{crc}, computed {expected:04X}", start, end)
        self.span(start, end, "crc", f"CRC-16, {'right' if right else 'wrong'}")
        if not right:
            self.ctx.error(
                "iec62056_21.crc.mismatch",
                f"CRC {crc} is not {expected:04X}",
                layer=LAYER,
                field="crc",
                view=self.view,
                start=start,
                end=end,
            )

    def line_end(self, at: int) -> int:
        """Step over one line end."""
        found = _LINE_END.match(self.text, at)
        if found is None:
            return at
        self.span(at, found.end(), "line_end", "line end")
        return found.end()

    def unreadable(self, start: int, end: int) -> None:
        """Report bytes that are no part of the protocol: behind a telegram that is normal, before or in it not."""
        if not self.text[start:end].strip(" \t\r\n\0\x7f\xff"):
            self.span(start, end, "filler", "filler")
            return
        place: dict[str, Any] = {"layer": LAYER, "field": "data", "view": self.view, "start": start, "end": end}
        if self.ended:
            self.ctx.info("iec62056_21.frame.trailing", f"{end - start} bytes after the telegram", **place)
        else:
            self.ctx.warn("iec62056_21.data.unreadable", f"{end - start} bytes that are no data set", **place)
        self.span(start, end, "unreadable", "not a data set")

    def check(self, name: str, right: bool | None, detail: str, start: int, end: int) -> None:  # noqa: FBT001 - a verdict
        """Keep a verification."""
        low, high = self.view.span(start, end)
        self.checks.append(Check(name, right, detail, low, high))

    def span(self, start: int, end: int, name: str, meaning: str) -> None:
        """Record a span when there is a trace."""
        if self.ctx.trace is not None and end > start:
            self.ctx.trace.add(self.view, start, end, LAYER, name, meaning)
