"""`emtkit simulate`: captures of meters that do not exist, for tests, demonstrations and load."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click

from emtkit.capture.lorawan_envelopes.fleet import KINDS, fleet_uplinks, key_file, make_fleet
from emtkit.capture.lorawan_envelopes.write import servers
from emtkit.model.jsontext import dumps
from emtkit.protocols.context import BERLIN


@click.group("simulate")
def command() -> None:
    """Make captures of meters that do not exist."""


def _moment(ctx: click.Context, param: click.Parameter, value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time such as 2026-10-25 or 2026-10-25T06:00Z", ctx, param) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=BERLIN)


def _envelopes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    names = servers() if value == "all" else tuple(value.split(","))
    for name in names:
        if name not in servers():
            raise click.BadParameter(f"no server {name!r}; known: all, {', '.join(servers())}", ctx, param)
    return names


@command.command("lorawan")
@click.option("--devices", type=click.IntRange(1, 65536), default=12, show_default=True, help="How many meters.")
@click.option(
    "--kinds", default=",".join(KINDS), show_default=True, metavar="NAMES", help="What they measure, in turn."
)
@click.option(
    "--start", callback=_moment, default="2026-10-25", show_default=True, metavar="TIME", help="First moment."
)
@click.option("--hours", type=click.IntRange(1, 24 * 366), default=24, show_default=True, help="How long.")
@click.option("--every", type=click.IntRange(1, 1440), default=60, show_default=True, help="Minutes between uplinks.")
@click.option("--lost", type=click.IntRange(0, 99), default=0, show_default=True, help="Percent that nobody hears.")
@click.option(
    "--server", "envelopes", callback=_envelopes, default="chirpstack-v4", show_default=True, metavar="NAMES",
    help="Whose messages: names with commas between them, or all (docs/lorawan.md).",
)  # fmt: skip
@click.option("--seed", default="emtkit", show_default=True, help="The same seed gives the same messages.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="JSON lines; standard output if not given.",
)
@click.option(
    "--keys-out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Key file for the gateways' frames.",
)
def lorawan(
    *,
    devices: int,
    kinds: str,
    start: datetime,
    hours: int,
    every: int,
    lost: int,
    envelopes: tuple[str, ...],
    seed: str,
    out: Path | None,
    keys_out: Path | None,
) -> None:
    """Make the uplinks of LoRaWAN meters, as network servers and gateways send them.

    Messages of gateways hold encrypted frames; --keys-out writes the keys that open them.
    """
    fleet = make_fleet(devices, seed, kinds.split(","))
    bodies = fleet_uplinks(
        fleet, start, start + timedelta(hours=hours), every=timedelta(minutes=every), lost=lost, envelopes=envelopes
    )
    if keys_out is not None:
        keys_out.write_text(key_file(fleet), "utf-8")
    if out is None:
        for body in bodies:
            click.echo(dumps(body))
        return
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{dumps(body)}\n" for body in bodies)
