"""The options that decode, explain and convert share: keys, protocol, strictness, zone."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from emtkit.protocols.context import Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    from emtkit.keys import KeyRing
    from emtkit.points import Points


@dataclass(slots=True)
class Reading:
    """How to read telegrams.

    memory is shared by all inputs of one command: what one file teaches helps with the next.
    """

    keys: KeyRing
    input_format: str | None
    protocol: str | None
    strict: bool
    zone: ZoneInfo | None
    memory: Memory

    def name_payloads(self, points: Points) -> None:
        """Let LoRaWAN devices have the payloads that the points name. Raises ConfigError `lorawan.file.*`."""
        named = [point for point in points.all if point.payload is not None]
        if named:
            from emtkit.protocols.lorawan.own import OwnPayloads

            own = self.memory.of(OwnPayloads)
            for point in named:
                own.name_device(point.meter or point.id or "", str(point.payload), f"{point.where}, payload")


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options; the command gets them as one `Reading`."""

    @click.option(
        "--keys",
        "key_files",
        multiple=True,
        metavar="FILE",
        envvar="EMTKIT_KEYS",
        show_envvar=True,
        type=click.Path(path_type=Path),
        help="Key file (TOML or CSV); may be given more than once.",
    )
    @click.option(
        "--key",
        "key_texts",
        multiple=True,
        metavar="HEX",
        help="Key to try on every meter; may be given more than once. Other users of the machine may see it.",
    )
    @click.option(
        "--input-format",
        metavar="NAME",
        callback=_input_format,
        shell_complete=_complete_input_format,
        help="Format of the files (docs/captures.md); it is detected if not given.",
    )
    @click.option(
        "--protocol",
        metavar="NAME",
        callback=_protocol,
        shell_complete=_complete_protocol,
        help="Protocol of the telegrams; it is detected if not given.",
    )
    @click.option("--strict", is_flag=True, help="End with 7 if anything is only partly understood.")
    @click.option(
        "--zone", metavar="NAME", callback=_zone, help="Time zone of the meters' clocks (default Europe/Berlin)."
    )
    @click.option(
        "--payloads",
        "payload_folders",
        multiple=True,
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Folder of your own LoRaWAN payload files and list of devices (docs/lorawan.md).",
    )
    @click.option(
        "--codec",
        "codecs",
        multiple=True,
        metavar="PATH",
        type=click.Path(path_type=Path),
        help="JavaScript formatter for LoRaWAN payloads, or a device map of them; may be given more than once.",
    )
    @functools.wraps(command)
    def wrapped(
        *args: Any,  # noqa: ANN401 - the command's own arguments
        key_files: tuple[Path, ...],
        key_texts: tuple[str, ...],
        input_format: str | None,
        protocol: str | None,
        strict: bool,
        zone: ZoneInfo | None,
        payload_folders: tuple[Path, ...],
        codecs: tuple[Path, ...],
        **more: Any,  # noqa: ANN401 - the same
    ) -> Any:  # noqa: ANN401 - the same
        memory = Memory()
        if payload_folders:
            from emtkit.protocols.lorawan.own import OwnPayloads

            for folder in payload_folders:
                memory.of(OwnPayloads).load(folder)
        if codecs:
            from emtkit.codecs import use_codecs

            for path in codecs:
                use_codecs(memory, path)
        reading = Reading(key_ring(key_files, key_texts), input_format, protocol, strict, zone, memory)
        return command(*args, reading=reading, **more)

    return wrapped


def key_ring(files: tuple[Path, ...], texts: tuple[str, ...] = ()) -> KeyRing:
    """Return the keys of `--key`, then those of the files. Raises ConfigError `keys.*`."""
    from emtkit.keys import KeyRing

    return KeyRing.merge(KeyRing.from_hex(texts), *map(KeyRing.from_file, files))


def _input_format(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    if value is not None and not ctx.resilient_parsing:
        from emtkit.capture.registry import format_named
        from emtkit.export.readers import named

        if named(value) is None:
            format_named(value)
    return value


def _complete_input_format(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from click.shell_completion import CompletionItem

    from emtkit.capture.registry import FORMATS
    from emtkit.export.readers import READERS

    found = [CompletionItem(name, help=form.title) for name, form in FORMATS.items()]
    found += [CompletionItem(name, help=reader.title) for name, reader in READERS.items()]
    return [item for item in found if item.value.startswith(incomplete)]


def _protocol(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:  # noqa: ARG001
    if value is not None and not ctx.resilient_parsing:
        from emtkit.protocols.registry import decoder

        decoder(value)
    return value


def _complete_protocol(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001
    from click.shell_completion import CompletionItem

    from emtkit.protocols.registry import names

    return [CompletionItem(name) for name in names() if name.startswith(incomplete)]


def _zone(ctx: click.Context, param: click.Parameter, value: str | None) -> ZoneInfo | None:
    if value is None:
        return None
    try:
        return ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"{value!r} is no time zone, such as Europe/Berlin or UTC", ctx, param) from None
