"""What INPUT may be: a telegram in hex or as text, a file, or `-` for standard input; all of them become frames."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from emtkit.capture.decoded import read_capture
from emtkit.capture.frame import CaptureFailure
from emtkit.capture.read import read_frames
from emtkit.model.decoded import Decoded
from emtkit.protocols.registry import decoder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emtkit.capture.frame import CaptureItem
    from emtkit.cli.options import Reading
    from emtkit.explain import Explanation
    from emtkit.export.readers import Named

# What a telegram on the command line may look like: hex digits, or a line of a receiver; or text of IEC 62056-21
_TELEGRAM: Final = re.compile(
    r"(?:0x)?[0-9a-f]{2}(?:[\s|_,:.;-]*(?:0x)?[0-9a-f]{2})*[\s|]*|\|.*|.*telegram=.*|bY?[0-9a-f]+.*|\w+;.*;0x[0-9a-f]+|\{.*\}",
    re.IGNORECASE | re.DOTALL,
)
_GROUP: Final = re.compile(r"(?:0x)?(?:[0-9a-f]{2}){1,4},?", re.IGNORECASE)
_GZIP: Final = b"\x1f\x8b"
_ENOUGH_TO_TELL: Final = 64
_FEWEST_GROUPS: Final = 5  # the shortest frame that anybody would paste in groups


def inputs_of(given: Sequence[str]) -> list[Path | bytes]:
    """Return each INPUT as a path (`-` is standard input) or as the text of a telegram.

    Hex bytes that the shell has split at their blanks are one telegram. Without an INPUT, standard input is read if
    something is piped in. Raises UsageError for what is neither file nor telegram.
    """
    if not given:
        if sys.stdin.isatty():
            raise click.UsageError("no INPUT: give a telegram in hex, a file, or - for standard input")
        return [Path("-")]
    if len(given) >= _FEWEST_GROUPS and all(_GROUP.fullmatch(part) and not _is_file(part) for part in given):
        return [" ".join(given).encode()]
    return [_input(text) for text in given]


def _input(text: str) -> Path | bytes:
    if not text.strip():
        raise click.UsageError("an empty INPUT: give a telegram in hex, a file, or - for standard input")
    if text == "-" or _is_file(text):
        return Path(text)
    if _TELEGRAM.fullmatch(text.strip()) or _is_text_telegram(text):
        return text.encode()
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    if re.fullmatch(r"[0-9A-Fa-fxX\s]+", text):
        raise click.UsageError(f"{shown!r} is no file, and as hex it has an odd number of digits")
    raise click.UsageError(f"{shown!r} is no file, and no telegram in hex")


def _is_text_telegram(text: str) -> bool:
    """Say whether the text is of IEC 62056-21 (`1-0:1.8.0(123.4*kWh)`), with or without what stands around it."""
    return text.isascii() and decoder("iec62056_21").sniff(text.encode()) > 0


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # too long for a name, or a NUL character in it
        return False


def decoded_telegrams(inputs: Sequence[Path | bytes], reading: Reading, *, holding: bool = False) -> Iterator[Decoded]:
    """Give every telegram of all inputs, decoded; failures too.

    holding  of market messages only the values that hold: without those that others of the inputs take back or replace
    """
    forms = [_read_back(source, reading) for source in inputs]
    market = [source for source, form in zip(inputs, forms, strict=True) if form is not None and form.name == "mscons"]
    if holding and market:
        from emtkit.export.mscons.incoming.holding import Holding

        with Holding(market) as held:
            messages = iter(range(len(market)))
            for source, form in zip(inputs, forms, strict=True):
                if form is not None and form.name == "mscons":
                    yield from held.decoded(next(messages))
                else:
                    yield from _telegrams(source, form, reading)
        return
    for source, form in zip(inputs, forms, strict=True):
        yield from _telegrams(source, form, reading)


def _telegrams(source: Path | bytes, form: Named | None, reading: Reading) -> Iterator[Decoded]:
    if form is not None:
        from emtkit.export.readers import read_decoded

        yield from read_decoded(source, form, zone=reading.zone)
        return
    for decoded in read_capture(
        source,
        keys=reading.keys,
        format=reading.input_format,
        protocol=reading.protocol,
        zone=reading.zone,
        memory=reading.memory,
    ):
        if isinstance(source, bytes):
            decoded.origin = decoded.origin._replace(line=None)  # there is no file that could have lines
        yield decoded


def _read_back(source: Path | bytes, reading: Reading) -> Named | None:
    """Return the format of an input that is no capture of telegrams, but was written by emtkit or the market."""
    if isinstance(source, bytes) or reading.protocol:
        return None
    from emtkit.export.readers import Named, format_of, format_of_file, may_be, named

    if reading.input_format:
        return named(reading.input_format)
    standard_input = str(source) == "-"
    if not standard_input and source.is_fifo():
        return None  # what is read of it to look at it would be lost
    try:
        if standard_input:
            peek = getattr(getattr(sys.stdin, "buffer", None), "peek", None)
            start = peek(_ENOUGH_TO_TELL) if peek is not None else b""
        else:
            with source.open("rb") as file:
                start = file.read(_ENOUGH_TO_TELL)
    except OSError:  # the reader of captures says what is wrong
        return None
    if standard_input:
        found = format_of(start)
    else:
        found = format_of_file(source) if may_be(start) or start.startswith(_GZIP) else None
    return None if found is None else Named(found)


def explained_telegrams(
    inputs: Sequence[Path | bytes], reading: Reading, line: int | None = None
) -> Iterator[Explanation]:
    """Give every telegram of all inputs, explained; with `line` only those of this line.

    The frames before are decoded all the same: a compact frame needs the full frame that came before it.
    """
    for source in inputs:
        for item in read_frames(source, format=reading.input_format, protocol=reading.protocol, zone=reading.zone):
            explanation = _explain(item, reading)
            if isinstance(source, bytes):
                explanation.decoded.origin = item.origin._replace(line=None)
            if line is None or item.origin.line == line:
                yield explanation


def _explain(item: CaptureItem, reading: Reading) -> Explanation:
    from emtkit.explain import Explanation, explain
    from emtkit.wire.trace import Trace

    if isinstance(item, CaptureFailure):
        return Explanation(item.raw, Decoded.from_error(item.error, item.raw, item.origin), Trace().cover(item.raw))
    explanation = explain(
        item.data,
        keys=reading.keys if item.keys is None else item.keys.before(reading.keys),
        protocol=reading.protocol or item.protocol,
        memory=reading.memory,
        received_at=item.origin.received_at,
        zone=reading.zone,
        hints=item.hints,
        origin=item.origin,
    )
    explanation.decoded.origin = item.origin
    explanation.decoded.diagnostics[:0] = item.notes
    return explanation
