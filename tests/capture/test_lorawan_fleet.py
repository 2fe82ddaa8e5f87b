"""Messages of servers and gateways as emtkit writes them, and the simulated fleet that sends them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from emtkit.capture import read_capture
from emtkit.capture.lorawan_envelopes.fleet import KINDS, fleet_uplinks, key_file, make_fleet
from emtkit.capture.lorawan_envelopes.write import is_encrypted, is_gateway, servers, write_envelope
from emtkit.keys import KeyRing
from emtkit.model.errors import ConfigError, EncodeError
from emtkit.model.jsontext import dumps
from emtkit.protocols.lorawan.encode import build_data_frame
from emtkit.protocols.lorawan.security import SessionKeys
from emtkit.protocols.lorawan.uplink import Gateway, Uplink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emtkit.model.decoded import Decoded

START = datetime(2026, 10, 24, 22, tzinfo=UTC)
DAY = timedelta(hours=25)  # summer time ends on it
KEYS = SessionKeys.of_1_0(b"N" * 16, b"A" * 16)
FRAME = build_data_frame(KEYS, 0xA60B1234, 3, f_port=9, payload=b"hello", f_opts=b"\x02")


def read(*bodies: object, keys: object = None) -> list[Decoded]:
    return list(read_capture("\n".join(map(dumps, bodies)).encode(), keys=keys))


@pytest.mark.parametrize("server", servers())
def test_what_is_written_is_read_again(server: str) -> None:
    on_air = is_gateway(server)
    sent = Uplink(
        server, dev_eui=None if on_air else "70B3D5E75E0000AB", f_port=None if on_air else 9,
        f_cnt=None if on_air else 3, payload=FRAME if on_air else b"hello", is_phy=on_air,
        time=datetime(2026, 10, 25, 0, 15, tzinfo=UTC),
        device="cellar", frequency=868_100_000, gateways=(Gateway("7276FF00390401A5", Decimal(-80), Decimal("7.5")),),
        encrypted=is_encrypted(server),
    )  # fmt: skip
    (decoded,) = read(write_envelope(sent))
    found: Uplink = decoded.layer(Uplink)
    assert found.server == server.partition(":")[0]
    for name in ("kind", "dev_eui", "f_port", "f_cnt", "payload", "is_phy", "time", "frequency", "encrypted"):
        assert getattr(found, name) == getattr(sent, name), name
    assert (found.rssi, found.snr) == (Decimal(-80), Decimal("7.5"))


@pytest.mark.parametrize("server", [name for name in servers() if not is_gateway(name)])
def test_port_and_counter_of_0_come_back(server: str) -> None:
    sent = Uplink(
        server, dev_eui="70B3D5E75E0000AB", f_port=0, f_cnt=0, payload=b"\x02", frequency=868_100_000,
        encrypted=is_encrypted(server),
    )  # fmt: skip
    (decoded,) = read(write_envelope(sent))
    assert decoded.layer(Uplink)[4:8] == (None, 0, 0, b"\x02")


@pytest.mark.parametrize(
    ("server", "sent"),
    [
        ("semtech-udp", Uplink("", payload=b"x")),
        ("ttn-v3", Uplink("", payload=FRAME, is_phy=True)),
        ("ttn-v3", Uplink("", "join")),
        ("nobody", Uplink("", payload=b"x")),
        ("basics-station", Uplink("", payload=FRAME[:11], is_phy=True)),
        ("basics-station", Uplink("", payload=b"\x00" + FRAME[1:], is_phy=True)),
    ],
)
def test_what_no_server_sends_is_not_written(server: str, sent: Uplink) -> None:
    with pytest.raises(EncodeError) as caught:
        write_envelope(sent, server)
    assert caught.value.code == "capture.lorawan.write"


def test_a_fleet_in_the_messages_of_everybody(tmp_path: Path) -> None:
    """Gateways' frames open with the keys, and their MIC is right; a device's registers only go up."""
    fleet = make_fleet(3 * len(servers()), "test")
    keys = tmp_path / "keys.toml"
    keys.write_text(key_file(fleet), "utf-8")
    bodies = list(fleet_uplinks(fleet, START, START + timedelta(hours=3), envelopes=servers()))
    decoded = read(*bodies, keys=KeyRing.from_file(keys))
    assert len(decoded) == len(bodies) > 2 * len(fleet)
    counts = Counter(frame.layer(Uplink).server for frame in decoded)
    assert set(counts) == {name.partition(":")[0] for name in servers()}
    for frame in decoded:
        assert frame.layer(Uplink).kind == "up"
        if frame.layer(Uplink).encrypted:
            assert (frame.security.verdict, frame.security.verified) == ("decrypted", None)
        if frame.layer(Uplink).is_phy:
            assert (frame.security.verdict, frame.security.verified) == ("decrypted", True)
    known = [frame for frame in decoded if frame.layer(Uplink).profile is not None]
    assert known
    assert {frame.state for frame in known} == {"complete"}


@pytest.mark.parametrize(("kind", "quantity"), [("electricity", "energy"), ("water", "volume"), ("heat", "energy")])
def test_registers_go_up(kind: str, quantity: str) -> None:
    fleet = make_fleet(1, "up", (kind,))
    found = []
    for frame in read(*fleet_uplinks(fleet, START, START + DAY)):
        assert frame.state == "complete"
        assert frame.meter is not None
        assert frame.meter.id == "70B3D5E75E000001"
        found.append(next(reading.value for reading in frame.readings if reading.quantity == quantity))
    assert len(found) in {24, 25}
    assert all(isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high for low, high in pairwise(found))
    assert found[-1] != found[0]


def test_the_log_of_a_water_meter_says_what_its_other_uplinks_say() -> None:
    logged: dict[object, object] = {}
    for frame in read(*fleet_uplinks(make_fleet(1, "log", ("water",)), START, START + DAY)):
        for reading in frame.readings:
            if reading.name == "logged":
                assert reading.time_source == "device"
                assert logged.setdefault(reading.time, reading.value) == reading.value
    assert len(logged) > 24


def test_the_same_seed_is_the_same_fleet_and_lost_uplinks_are_missing() -> None:
    def run(seed: str, lost: int) -> list[str]:
        fleet = make_fleet(4, seed)
        return [dumps(body) for body in fleet_uplinks(fleet, START, START + DAY, lost=lost)]

    assert run("a", 0) == run("a", 0) != run("b", 0)
    assert 0.5 < len(run("a", 30)) / len(run("a", 0)) < 0.9
    assert set(run("a", 30)) < set(run("a", 0))


def test_what_cannot_be_simulated_is_said() -> None:
    fleet = make_fleet(1)
    wrong: list[Callable[[], object]] = [
        lambda: make_fleet(0),
        lambda: make_fleet(1, kinds=("steam",)),
        lambda: make_fleet(1, kinds=()),
        lambda: list(fleet_uplinks(fleet, START, START)),
        lambda: list(fleet_uplinks(fleet, START.replace(tzinfo=None), START)),
        lambda: list(fleet_uplinks(fleet, START, START + DAY, every=timedelta(0))),
        lambda: list(fleet_uplinks(fleet, START, START + DAY, envelopes=("nobody",))),
        lambda: list(fleet_uplinks(fleet, START, START + DAY, envelopes=())),
    ]
    for make in wrong:
        with pytest.raises(ConfigError) as caught:
            make()
        assert caught.value.code == "capture.lorawan.fleet"
    assert set(KINDS) == {"electricity", "water", "heat"}
