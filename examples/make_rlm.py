"""Make `examples/rlm/`: a day of an RLM meter as a reader received it (IEC 62056-21, VDEW load profile), and points.

Usage: python examples/make_rlm.py [FOLDER]

The day is 2026-10-25 in Germany, on which summer time ends: 100 quarter hours. In the afternoon the power fails for 90
seconds, which cuts one of them in two. Meter and location are invented. The same seed gives the same files.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from emtkit.protocols.iec62056_21.encoder import (
    profile_text,
    write_block,
    write_command,
    write_identification,
)
from emtkit.protocols.iec62056_21.messages import Command, Identification
from emtkit.protocols.iec62056_21.profiles import ProfileBlock, ProfileRow
from emtkit.protocols.iec62056_21.registers import register
from emtkit.protocols.iec62056_21.status import status_flags, status_word

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parent / "rlm"
SEED: Final = 20261025
BERLIN: Final = ZoneInfo("Europe/Berlin")
BEGIN: Final = datetime(2026, 10, 24, 22, tzinfo=UTC)  # 2026-10-25 00:00 +02:00
QUARTER: Final = timedelta(minutes=15)
QUARTERS: Final = 100
WINTER: Final = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 03:00 +02:00 is 02:00 +01:00
FAILURE: Final = datetime(2026, 10, 25, 13, 22, 40, tzinfo=UTC)
NOTHING: Final = status_word(())

METER: Final = Identification("EMT", "5", 9600, "C", "", "RLM3", 200)
CHANNELS: Final = (register("1.5", "kW"), register("3.5", "kvar"))  # average power: active drawn, reactive

Rows = list[tuple[datetime, str, tuple[Decimal, Decimal]]]

POINTS: Final = """\
# A meter behind current transformers 200/5 A. All ids are invented.

[[point]]
meter = "1EMT0000060001"
messlokation = "DE0000000000000000000EMT000060001"
pruefidentifikator = "13018"
sender = "9900000000003"
receiver = "9911111111118"
ratio = 40
registers = [
    # the meter sends average power (1.5, 3.5), the market wants the energy of each quarter hour
    { register = "1-0:1.29.0", obis = "1-1:1.29.0" },
    { register = "1-0:3.29.0", obis = "1-1:3.29.0" },
]
"""

FROM_CSV: Final = """\
# The same location for the way back: the values are those of the market, so they are of the Messlokation, have its
# register codes, and hold the transformer ratio already.

[[point]]
meter = "DE0000000000000000000EMT000060001"
messlokation = "DE0000000000000000000EMT000060001"
pruefidentifikator = "13018"
sender = "9900000000003"
receiver = "9911111111118"
ratio = 1
registers = [
    { register = "1-1:1.29.0", obis = "1-1:1.29.0" },
    { register = "1-1:3.29.0", obis = "1-1:3.29.0" },
]
"""


def rows(dice: random.Random) -> Iterator[tuple[datetime, str, tuple[Decimal, Decimal]]]:
    """Give when each row ends, its status word, and average active and reactive power of the quarter hour in W, var."""
    for number in range(1, QUARTERS + 1):
        end = BEGIN + number * QUARTER
        hour = end.astimezone(BERLIN).hour
        watts = 900 + dice.randrange(250) + (5200 + dice.randrange(1800) if 6 <= hour < 18 else 0)
        values = Decimal(watts), Decimal(watts * 3 // 10 + dice.randrange(40))
        if end - QUARTER < FAILURE < end:
            # the row so far, and the row of the rest; both are averages over the whole quarter hour
            before = Decimal(watts // 2), Decimal(watts * 3 // 20)
            yield FAILURE, status_word(("power_failure",)), before
            yield end, status_word(("power_return",)), (values[0] - before[0], values[1] - before[1])
        else:
            yield end, status_word(("season_change",)) if end - QUARTER == WINTER else NOTHING, values


def blocks(found: Rows) -> Iterator[ProfileBlock]:
    """Give the blocks: a new head wherever the status changes or a row does not end a quarter hour after the last."""
    block: ProfileBlock | None = None
    for end, status, values in found:
        if block is None or status != block.status or block.next_end() != end:
            if block is not None:
                yield block
            # the meter's clock of that moment: summer or winter time, which the head says
            local = end.astimezone(timezone(end.astimezone(BERLIN).utcoffset() or timedelta(0)))
            block = ProfileBlock("P.01", "", local, "", status, status_flags(status), QUARTER, CHANNELS)
        block.rows.append(ProfileRow(end, values))
    if block is not None:
        yield block


def session(dice: random.Random) -> bytes:
    """Return what the meter answers: who it is, its number, and the load profile (of the day)."""
    profile = "".join(profile_text(block, BERLIN) for block in blocks(list(rows(dice))))
    return b"".join(
        (
            write_identification(METER),
            write_command(Command("P", "0", "", "()")),
            write_block("C.1.0(1EMT0000060001)\r\n"),
            write_block(profile),
        )
    )


def make(folder: Path) -> None:
    """Write the recording, the points, and the points of the way back into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "session.iec").write_bytes(session(random.Random(SEED)))
    (folder / "points.toml").write_text(POINTS, encoding="utf-8", newline="\n")
    (folder / "from_csv.toml").write_text(FROM_CSV, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
