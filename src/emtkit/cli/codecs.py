"""`emtkit codecs`: check, run and map JavaScript formatters of LoRaWAN devices."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emtkit.cli.exits import Exit, of_decoded
from emtkit.cli.messages import complain
from emtkit.cli.output import binary_stdout, console, encoded, print_json
from emtkit.cli.wording import count

if TYPE_CHECKING:
    from emtkit.codecs import Codec

_PATH = click.argument("path", metavar="PATH", type=click.Path(path_type=Path))
_PORT = click.option("--fport", type=click.IntRange(0, 255), default=1, show_default=True, help="Port of the uplink.")
_TIME = click.option(
    "--recv-time", "--received", "received", metavar="TIME", help="When it was received (ISO 8601); now if not given."
)
_DEVICE = click.option(
    "--device", default="", metavar="NAME", help="Device or profile, to choose from a device map or collection."
)


@click.group("codecs", no_args_is_help=False)
def command() -> None:
    """Check, run and map JavaScript formatters of LoRaWAN devices."""


@command.command("check")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--examples",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Call them with the payloads of this file (JSON lines) and compare what they return, exactly.",
)
def check(paths: tuple[Path, ...], examples: Path | None) -> int:
    """Load formatters and device maps, and decode the [[example]]s of their mappings.

    Ends with 2 if something is wrong.
    """
    if examples is not None:
        return _check_examples(paths, examples)
    from emtkit.codecs import load_codecs
    from emtkit.codecs.check import problems_of

    codecs = [codec for path in paths for codec in load_codecs(path)]
    wrong = 0
    for codec in codecs:
        problems = problems_of(codec)
        wrong += bool(problems)
        if not problems:
            right = "no mapping" if codec.mapping is None else f"{count(len(codec.mapping.example), 'example')} right"
            click.echo(f"{codec.name}: {codec.function()}, {right}")
        for problem in problems:
            click.echo(f"{codec.name}: {problem}")
    if not wrong:
        return Exit.OK
    complain(f"{count(wrong)} of {count(len(codecs), 'formatter')} wrong", "cli.codecs.wrong")
    return Exit.USAGE


@command.command("run")
@_PATH
@click.argument("payload", metavar="HEX")
@_PORT
@_TIME
@_DEVICE
@click.option(
    "--format",
    "form",
    type=click.Choice(["raw", "table", "json"]),
    default="raw",
    show_default=True,
    help="raw: the JSON that the formatter returns; table or json: the readings that the mapping makes of it.",
)
def run(path: Path, payload: str, fport: int, received: str | None, device: str, form: str) -> int:
    """Call a formatter with one payload.

    What it returns is printed as JavaScript writes it: an object with `data`, and `errors` and `warnings` if it
    gives them. Errors end with 3.
    """
    codec = _chosen(path, device, fport)
    data = _bytes(payload)
    if form == "raw":
        output = codec.run(data, fport, _time(received))
        if output.text:
            binary_stdout().write(encoded(output.text + "\n"))
        output.read()
        return Exit.OK
    from emtkit.codecs.check import decode_with

    decoded = decode_with(codec, data, fport, _time(received))
    if form == "json":
        print_json(decoded.to_dict())
    else:
        from emtkit.cli.tables import print_decoded

        print_decoded(console(), decoded)
    return of_decoded(decoded, strict=False)


@command.command("map")
@_PATH
@click.argument("payloads", nargs=-1, required=True, metavar="HEX...")
@_PORT
@_TIME
@_DEVICE
def make_map(path: Path, payloads: tuple[str, ...], fport: int, received: str | None, device: str) -> int:
    """Print a mapping to start from: a field for each value that the formatter gives for these payloads."""
    from emtkit.codecs.check import starting_map

    codec = _chosen(path, device, fport)
    outputs = [codec.run(_bytes(payload), fport, _time(received)).read()[0] for payload in payloads]
    click.echo(starting_map(outputs), nl=False)
    return Exit.OK


def _check_examples(paths: tuple[Path, ...], examples: Path) -> int:
    """Compare formatters' results with those in a file. What is wrong is printed, and how many are right."""
    from emtkit.codecs.examples import check_examples

    if len(paths) != 1:
        raise click.UsageError("--examples takes one PATH: a formatter, or the folder that holds those in the file")
    right = total = 0
    for name, problem in check_examples(paths[0], examples):
        if problem is None:
            right += 1
        else:
            click.echo(f"{name}: {problem}")
        total += 1
    click.echo(f"{right} of {count(total, 'example')} right")
    if right == total:
        return Exit.OK
    complain(f"{count(total - right)} of {count(total, 'example')} wrong", "cli.codecs.wrong")
    return Exit.USAGE


def _chosen(path: Path, device: str, fport: int) -> Codec:
    from emtkit.codecs.files import collection_of, load_codecs

    collection = collection_of(path)
    if collection is not None:
        found = collection.find(device.lower())
        if found is None:
            raise click.UsageError(f"{path} has no formatter for {device!r} (--device MODEL or BRAND/MODEL)")
        return found
    codecs = load_codecs(path)
    weights = [codec.weight(device.lower(), device.upper(), "", fport) for codec in codecs]
    best = max(weights)
    if not best:
        raise click.UsageError(
            f"{path} has {count(len(codecs), 'formatter')}, none for this device and port (--device)"
        )
    return codecs[weights.index(best)]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"{text[:60]!r} is no payload in hex") from None


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no time in ISO 8601") from None
    return moment if moment.tzinfo is not None else moment.astimezone()
