"""Make `examples/lorawan/`: a day of LoRaWAN meters as network servers send them, and points for the market.

Usage: python examples/make_lorawan.py [FOLDER]

Three meters send about every quarter hour, when they like; one uplink in twenty is lost. The day is 2026-10-25 in
Germany, on which summer time ends: 100 quarter hours. `ten_servers/` has ten meters that send every hour, each by
another network server or gateway. Meters and locations are invented. The same seed gives the same files.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from emtkit.capture.lorawan_envelopes.fleet import fleet_uplinks, key_file, make_fleet
from emtkit.capture.lorawan_envelopes.write import is_gateway
from emtkit.model.jsontext import dumps
from emtkit.protocols.lorawan.phy import addr_text, eui_text

FOLDER: Final = Path(__file__).parent / "lorawan"
BEGIN: Final = datetime(2026, 10, 24, 21, 30, tzinfo=UTC)  # half an hour before the day
END: Final = datetime(2026, 10, 25, 23, 30, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
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


# ten forms of message: servers that say which device it is and others that do not, datagrams, Protobuf, frames
TEN: Final = (
    "ttn-v3", "actility", "chirpstack-v4:protobuf", "loriot:encrypted", "netmore", "aws-iot-core",
    "semtech-udp:datagram", "basics-station", "helium", "live-objects",
)  # fmt: skip
TEN_POINTS: Final = """\
# The electricity meters of `ten_servers/`. All ids are invented.

[defaults]
pruefidentifikator = "13018"
sender = "9900000000003"
receiver = "9911111111118"
ratio = 1
decimals = 3
"""
TEN_POINT: Final = """
[[point]]
meter = "{meter}"
geraetenummer = "1EMT00000701{number:02}"
messlokation = "DE0000000000000000000EMT0000701{number:02}"
registers = [{{ register = "1-0:1.8.0", obis = "1-1:1.29.0" }}]
"""


def ten_servers(folder: Path) -> None:
    """Write what ten meters send by ten servers and gateways, and what is needed to read and to sell it."""
    (folder / "devices").mkdir(parents=True, exist_ok=True)
    fleet = make_fleet(len(TEN), "ten servers")
    bodies = fleet_uplinks(fleet, BEGIN - HOUR, END + HOUR, envelopes=TEN)
    (folder / "uplinks.jsonl").write_bytes("".join(f"{dumps(body)}\n" for body in bodies).encode())
    (folder / "keys.toml").write_bytes(key_file(fleet).encode())
    rows, points = ["# Which payload a device has, where its server does not say it.\n"], [TEN_POINTS]
    for device, server in zip(fleet, TEN, strict=True):
        name = addr_text(device.dev_addr) if is_gateway(server) else eui_text(device.dev_eui)
        rows.append(f'[[device]]\ndevice = "{name}"\npayload = "{device.kind.profile}"\n')
        if device.kind.profile == "holley":
            points.append(TEN_POINT.format(meter=name, number=device.number))
    (folder / "devices" / "fleet.toml").write_bytes("\n".join(rows).encode())
    (folder / "points.toml").write_bytes("".join(points).encode())


def main(folder: Path) -> None:
    """Write the files."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = fleet_uplinks(make_fleet(3, "example"), BEGIN, END, every=timedelta(minutes=15), lost=5, envelopes=SERVERS)
    lines = "".join(f"{dumps(body)}\n" for body in bodies)
    (folder / "uplinks.jsonl").write_bytes(lines.encode())
    (folder / "points.toml").write_bytes(POINTS.encode())
    ten_servers(folder / "ten_servers")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
