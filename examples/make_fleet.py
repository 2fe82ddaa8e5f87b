"""Make `examples/fleet/`: what a receiver hears of a small fleet of meters in one day, with keys and points.

Usage: python examples/make_fleet.py [FOLDER]

The day is 2026-10-25 in Germany, on which summer time ends: 25 hours, 100 quarter hours. Every meter, key and
location is invented; the manufacturer EMT does not exist. The same seed gives the same files.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from emtkit.model.jsontext import dumps
from emtkit.model.key import Key
from emtkit.model.meter_id import MeterId
from emtkit.protocols.mbus.encode import build_record
from emtkit.protocols.wmbus.encode import build_ell_telegram, build_telegram
from emtkit.protocols.wmbus.line_code import encode_3of6

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER: Final = Path(__file__).parent / "fleet"
SEED: Final = 20261025
BERLIN: Final = ZoneInfo("Europe/Berlin")
BEGIN: Final = datetime(2026, 10, 24, 22, tzinfo=UTC)  # 2026-10-25 00:00 +02:00
END: Final = datetime(2026, 10, 25, 23, tzinfo=UTC)  # 2026-10-26 00:00 +01:00
QUARTER: Final = timedelta(minutes=15)
HOUR: Final = timedelta(hours=1)


class Heard(NamedTuple):
    """One telegram as the receiver noted it."""

    at: datetime
    rssi: int
    frame: bytes


class Register:
    """A register that advances with the clock: a rate per minute of the day, summed exactly."""

    def __init__(self, start: int, rate: Callable[[int], int], per_unit: int) -> None:
        """Start at `start` units; `rate(minute)` is that minute's advance in parts, `per_unit` of which are a unit."""
        minutes = int((END - BEGIN + HOUR) / timedelta(minutes=1))
        self._start, self._per_unit, self._sums = start, per_unit, [0]
        for minute in range(minutes):
            self._sums.append(self._sums[-1] + rate(minute))

    def at(self, moment: datetime) -> int:
        """Return the register at a moment (until an hour before the day it stands still)."""
        seconds = max(0, int((moment - BEGIN).total_seconds()))
        minute, rest = divmod(seconds, 60)
        parts = self._sums[minute] + (self._sums[minute + 1] - self._sums[minute]) * rest // 60
        return self._start + parts // self._per_unit


def household(dice: random.Random) -> Callable[[int], int]:
    """Return the watts of a household for each minute of the day: a base, and peaks when people are up."""

    def watts(minute: int) -> int:
        hour = minute / 60 - 1 if minute >= 180 else minute / 60  # the clock goes back at 3:00
        peak = 1900 if 7 <= hour < 9 or 17 <= hour < 21 else 450 if 9 <= hour < 23 else 0
        return 140 + dice.randrange(60) + (peak * dice.randrange(30, 100) // 100)

    return watts


def sunshine(minute: int) -> int:
    """Return the watts that a roof feeds in: nothing before 8:00 and after 16:00, most at noon."""
    distance = abs(minute - 13 * 60)
    return max(0, 3200 - distance * 3200 // 240)


def moments(dice: random.Random, step: timedelta, jitter: int, offset: timedelta = timedelta(0)) -> Iterator[datetime]:
    """Give the moments at which a meter sends: every `step`, some seconds early or late, both ends included."""
    mark = BEGIN + offset
    while mark <= END + offset:
        yield mark + timedelta(seconds=dice.randrange(-jitter, jitter + 1))
        mark += step


def electricity(dice: random.Random, key: Key) -> Iterator[Heard]:
    """A household with a roof: security mode 5, the meter's own clock in every telegram, frame format A."""
    meter = MeterId.of("EMT", "00010001", 1, 0x02)
    drawn = Register(4_211_830, household(dice), 60)
    fed_in = Register(1_870_452, sunshine, 60)
    for number, at in enumerate(moments(dice, QUARTER, 12)):
        records = (
            build_record("03", Decimal(drawn.at(at)), "int32")
            + build_record("833C", Decimal(fed_in.at(at)), "int32")
            + build_record("6D", at.astimezone(BERLIN), "int48")
        )
        frame = build_telegram(meter, records, security=5, key=key, access_no=number & 0xFF)
        yield Heard(at + timedelta(seconds=1), -61, frame)


def workshop(dice: random.Random, key: Key) -> Iterator[Heard]:
    """A workshop: extended link layer with AES-CTR, compact frames after a full one, no clock, frame format B."""
    meter = MeterId.of("EMT", "00010002", 1, 0x02)
    drawn = Register(981_204, lambda minute: 300 + (4000 if 480 <= minute < 1000 else 0) + dice.randrange(90), 60)
    for number, at in enumerate(moments(dice, QUARTER, 14)):
        records = build_record("03", Decimal(drawn.at(at)), "int32") + build_record("2B", Decimal(640), "int32")
        minutes = int((at - datetime(2026, 1, 1, tzinfo=UTC)) / timedelta(minutes=1))
        yield Heard(
            at,
            -72,
            build_ell_telegram(
                meter, records, compact=number % 24 != 0, key=key, session=minutes << 4, access_no=number & 0xFF
            ),
        )


def gas(dice: random.Random, key: Key) -> Iterator[Heard]:
    """A gas meter: security mode 7 with authentication, hourly, and the register at the begin of the gas day."""
    meter = MeterId.of("EMT", "00020001", 2, 0x03)
    volume = Register(1_204_511, lambda minute: 35 if 420 <= minute < 1320 else 8, 60)  # in units of 10 litres
    gas_day = datetime(2026, 10, 25, 6, tzinfo=BERLIN)
    for number, at in enumerate(moments(dice, HOUR, 20)):
        local = at.astimezone(BERLIN)
        day = gas_day if at >= gas_day else gas_day - timedelta(days=1)
        at_day = volume.at(day) if day == gas_day else volume.at(BEGIN) - 310
        records = (
            build_record("14", Decimal(volume.at(at)) / 100, "bcd8")
            + build_record("6D", local, "int48")
            + build_record("14", Decimal(at_day) / 100, "bcd8", storage=1)
            + build_record("6D", day, "int32", storage=1)
        )
        frame = build_telegram(
            meter, records, security=7, key=key, counter=70_000 + number, access_no=number & 0xFF, frame_format="-"
        )
        yield Heard(at + timedelta(seconds=2), -80, frame)


def water(dice: random.Random) -> Iterator[Heard]:
    """A water meter without encryption: one full frame, then compact ones. One telegram arrives damaged."""
    meter = MeterId.of("EMT", "00030001", 3, 0x07)
    volume = Register(341_207, lambda minute: dice.randrange(900) if 360 <= minute < 1380 else 0, 1000)  # litres
    for number, at in enumerate(moments(dice, HOUR, 90, timedelta(minutes=7))):
        records = (
            build_record("13", Decimal(volume.at(at)) / 1000, "int32")
            + build_record("13", Decimal("338.914"), "int32", storage=1)
            + build_record("6C", date(2026, 9, 30), "int16", storage=1)
        )
        frame = build_ell_telegram(meter, records, compact=number % 12 != 0, access_no=number & 0xFF, frame_format="A")
        if number == 14:
            frame = frame[:20] + bytes((frame[20] ^ 0x10,)) + frame[21:]
        yield Heard(at, -77, frame)


def water_with_another_key(dice: random.Random) -> Iterator[Heard]:
    """A water meter whose entry in the key file is wrong."""
    meter = MeterId.of("EMT", "00030002", 3, 0x07)
    key = Key(dice.randbytes(16))
    for number, at in enumerate(moments(dice, 6 * HOUR, 90, timedelta(minutes=21))):
        records = (
            build_record("13", Decimal(87_250 + 31 * number) / 1000, "bcd8")
            + build_record("6D", at.astimezone(BERLIN), "int32")
            + build_record("13", Decimal("81.007"), "bcd8", storage=1)
            + build_record("6C", date(2026, 9, 30), "int16", storage=1)
            + build_record("3B", Decimal(0), "bcd6")
            + build_record("FD17", Decimal(0), "int16")
        )
        yield Heard(at, -90, build_telegram(meter, records, security=5, key=key, access_no=number & 0xFF))


def heat(dice: random.Random, key: Key) -> Iterator[Heard]:
    """A heat meter: security mode 7, frame format B."""
    meter = MeterId.of("EMT", "00040001", 4, 0x04)
    energy = Register(61_204, lambda _: 40 + dice.randrange(20), 600)  # kWh
    for number, at in enumerate(moments(dice, HOUR, 30, timedelta(minutes=33))):
        records = (
            build_record("06", Decimal(energy.at(at)) * 1000, "int32")
            + build_record("13", Decimal(2_871_300 + 40 * number) / 1000, "int32")
            + build_record("2D", Decimal(2300 + 100 * dice.randrange(9)), "int16")
            + build_record("59", Decimal(6120 + dice.randrange(80)) / 100, "int16")
            + build_record("5D", Decimal(4210 + dice.randrange(60)) / 100, "int16")
        )
        frame = build_telegram(
            meter, records, security=7, key=key, counter=9_000 + number, access_no=number & 0xFF, frame_format="B"
        )
        yield Heard(at, -83, frame)


def heat_cost_allocator(dice: random.Random, key: Key) -> Iterator[Heard]:
    """A heat cost allocator: security mode 5, recorded with the line code of mode T still on it."""
    meter = MeterId.of("EMT", "00050001", 5, 0x08)
    for number, at in enumerate(moments(dice, 5 * HOUR, 90, timedelta(minutes=44))):
        records = (
            build_record("6E", Decimal(1204 + number), "int24")
            + build_record("6E", Decimal(987), "int24", storage=1)
            + build_record("6C", date(2025, 12, 31), "int16", storage=1)
        )
        frame = build_telegram(meter, records, security=5, key=key, access_no=number & 0xFF)
        yield Heard(at, -88, encode_3of6(frame))


KEYS: Final = """\
# The keys of the fleet. Real key files belong to one account only: chmod 600 keys.toml

[[key]]
meter = "1EMT0000010001"
label = "house"
key = "{house}"

[[key]]
meter = "EMT 00010002"
label = "workshop, extended link layer"
key = "{workshop}"

[[key]]
meter = "7EMT0000020001"
label = "gas"
keys = ["{old_gas}", "{gas}"] # the key was changed in September; both are tried

[[key]]
meter = "8EMT0000030002"
label = "wrong on purpose"
key = "{wrong}"

# one key for all meters of the heating
[[key]]
meter = "EMT 0004*"
label = "heating"
key = "{heating}"

[[key]]
meter = "EMT 0005*"
label = "heating"
key = "{heating}"
"""

POINTS: Final = """\
# Which register of which meter is what in the market. All ids are invented.

[defaults]
sender = "9900000000003"
receiver = "9911111111118"

[[point]]
meter = "1EMT0000010001"
messlokation = "DE0000000000000000000EMT000010001"
ratio = 1
registers = [
    # load profile of the Marktlokation, and of the Messlokation
    { register = "1-0:1.8.0", obis = "1-1:1.29.0", pruefidentifikator = "13025", marktlokation = "50000000013" },
    { register = "1-0:2.8.0", obis = "1-1:2.29.0", pruefidentifikator = "13025", marktlokation = "50000000021" },
    { register = "1-0:1.8.0", obis = "1-1:1.29.0", pruefidentifikator = "13018" },
    # registers at midnight
    { register = "1-0:1.8.0", obis = "1-1:1.8.0", pruefidentifikator = "13017" },
    { register = "1-0:2.8.0", obis = "1-1:2.8.0", pruefidentifikator = "13017" },
]

[[point]]
meter = "1EMT0000010002"
ratio = 40 # current transformers 200/5 A
registers = [
    { register = "1-0:1.8.0", obis = "1-1:1.9.0", pruefidentifikator = "13019", marktlokation = "50000000039" },
]

[[point]]
meter = "7EMT0000020001"
register = "7-0:3.0.0"
obis = "7-1:3.0.0"
pruefidentifikator = "13002"
messlokation = "DE0000000000000000000EMT000020001"
sender = "9800000000005"
receiver = "9811111111110"

# MSCONS has no codes for water: this one is refused with the reason, and is in the other formats all the same.
[[point]]
meter = "8EMT0000030001"
register = "8-0:1.0.0"
obis = "8-0:1.0.0"
"""


PROFILES: Final = """\
meter;register;note
1EMT0000010001;1-0:1.8.0;the same as points, in CSV: the registers of which load profiles are wanted
1EMT0000010001;1-0:2.8.0;
1EMT0000010002;1-0:1.8.0;
"""


def make(folder: Path) -> None:
    """Write capture, keys and points into a folder."""
    dice = random.Random(SEED)
    names = ("house", "workshop", "old_gas", "gas", "wrong", "heating")
    keys = {name: Key(dice.randbytes(16), name) for name in names}
    heard = [
        *electricity(dice, keys["house"]),
        *workshop(dice, keys["workshop"]),
        *gas(dice, keys["gas"]),
        *water(dice),
        *water_with_another_key(dice),
        *heat(dice, keys["heating"]),
        *heat_cost_allocator(dice, keys["heating"]),
    ]
    heard.sort()
    lines = [
        dumps(
            {
                "id": f"t{number:03}",
                "time": one.at.astimezone(BERLIN).isoformat(),
                "rssi": one.rssi + dice.randrange(-3, 4),
                "hex": one.frame.hex(),
            }
        )
        for number, one in enumerate(heard, 1)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "capture.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    texts = {name: key.value.hex() for name, key in keys.items()}
    (folder / "keys.toml").write_text(KEYS.format(**texts), encoding="utf-8", newline="\n")
    (folder / "points.toml").write_text(POINTS, encoding="utf-8", newline="\n")
    (folder / "profiles.csv").write_text(PROFILES, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
