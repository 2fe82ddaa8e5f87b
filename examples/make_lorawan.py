"""Make `examples/lorawan/`: a day of LoRaWAN meters as network servers send them, and points for the market.

Usage: python examples/make_lorawan.py [FOLDER]

Three meters send about every quarter hour, when they like; one uplink in twenty is lost. The day is 2026-10-25 in
Germany, on which summer time ends: 100 quarter hours. Meters and locations are invented. The same seed gives the same
files.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from emtkit.capture.lorawan_envelopes.fleet import fleet_uplinks, make_fleet
from emtkit.model.jsontext import dumps

FOLDER: Final = Path(__file__).parent / "lorawan"
BEGIN: Final = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)  # half an hour before the day
END: Final = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
SERVERS: Final = ("chirpstack-v4", "ttn-v3", "actility")

POINTS: Final = """\
# An electricity meter on LoRaWAN. All ids are invented.

[[point]]
meter = "70B3D5E75E000001"
geraetenummer = "1EMT0000070001"
messlokation = "DE0000000000000000000EMT000070001"
pruefidentifikator = "13018"
sender = "9900000000003"
receiver = "9911111111118"
ratio = 1
decimals = 3
# its uplinks bring the register, the market wants the energy of each quarter hour
registers = [{ register = "1-0:1.8.0", obis = "1-1:1.29.0" }]
"""


def main(folder: Path) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = fleet_uplinks(make_fleet(3, "example"), BEGIN, END, every=timedelta(minutes=15), lost=5, envelopes=SERVERS)
    lines = "".join(f"{dumps(body)}\n" for body in bodies)
    (folder / "uplinks.jsonl").write_bytes(lines.encode())
    (folder / "points.toml").write_bytes(POINTS.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
