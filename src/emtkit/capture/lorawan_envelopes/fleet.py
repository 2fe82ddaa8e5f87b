"""A fleet of simulated LoRaWAN meters: valid, encrypted frames, in the messages of any server or gateway.

The same seed gives the same fleet and the same uplinks; nothing here reads a clock.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emtkit.capture.lorawan_envelopes.write import is_encrypted, is_gateway, servers, write_envelope
from emtkit.model.errors import ConfigError
from emtkit.protocols.lorawan.encode import build_data_frame
from emtkit.protocols.lorawan.phy import addr_text, eui_text
from emtkit.protocols.lorawan.security import UP, Counted, SessionKeys, crypt_payload
from emtkit.protocols.lorawan.uplink import Gateway, Uplink
from emtkit.protocols.mbus.datatypes import write_bcd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_DEV_EUI: Final = 0x70B3D5E75E000000
_DEV_ADDR: Final = 0x26010000
_CHANNELS: Final = (868_100_000, 868_300_000, 868_500_000)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = 3600
_LOG_HOURS: Final = 15
_MOST: Final = 65536  # device addresses


class Kind(NamedTuple):
    """What a simulated meter is: profile name (a payload file's), port, mean advance an hour, how its payload is made.

    `advance` is in the payload's own unit: 0.1 Wh, litres, Wh.
    """

    profile: str
    port: int
    advance: int
    payload: Callable[[Device, int], bytes]


class Device(NamedTuple):
    """One simulated meter."""

    seed: str
    number: int
    kind: Kind
    dev_eui: int
    dev_addr: int
    keys: SessionKeys

    @property
    def name(self) -> str:
        """Return the name under which the server knows it."""
        return f"{self.kind.profile}-{self.number:04d}"

    def register(self, second: int) -> int:
        """Return its register at a second since 1970: it goes up at a rate that changes every hour of the day."""
        day, rest = divmod(second, 24 * _HOUR)
        hour, rest = divmod(rest, _HOUR)
        rates = [draw(2 * self.kind.advance, self.seed, self.number, at) for at in range(24)]
        begin = draw(1_000_000, self.seed, self.number, "register")
        days = day - 20_000  # 2024-10-04: a young meter
        return begin + days * sum(rates) + sum(rates[:hour]) + rates[hour] * rest // _HOUR


def draw(limit: int, *words: object) -> int:
    """Return a number below `limit` that depends on the words alone."""
    found = hashlib.sha256(" ".join(map(str, words)).encode()).digest()
    return int.from_bytes(found[:8], "big") % limit


def _electricity(device: Device, second: int) -> bytes:
    """Build the frame of a Holley meter: import and export, no tariffs."""
    total = device.register(second)
    power = (device.register(second + 60) - total) * 6  # 0.1 Wh a minute
    registers = [total, total, 0, 0, 0, 0]
    return (
        b"\x11"
        + b"".join(number.to_bytes(5, "big") for number in registers)
        + b"".join(number.to_bytes(3, "big") for number in (power, power, 0, 0))
        + bytes(4)
        + (second - 1_700_000_000).to_bytes(4, "big")
    )


def _water(device: Device, second: int) -> bytes:
    """Build the frame of an Axioma W1: volume, and the log of the full hours before."""
    last = second - second % _HOUR
    hours = [device.register(last - ago * _HOUR) for ago in range(_LOG_HOURS, -1, -1)]
    log = b"".join((high - low).to_bytes(2, "little") for low, high in pairwise(hours))
    numbers = (device.register(second), last - _LOG_HOURS * _HOUR, hours[0])
    total, since, first = (number.to_bytes(4, "little") for number in numbers)
    return second.to_bytes(4, "little") + b"\x00" + total + since + first + log


def _heat(device: Device, second: int) -> bytes:
    """Build the message of an Elvaco module: M-Bus records of a heat meter."""
    energy = device.register(second) // 1000
    return (
        b"\x00\x0c\x06" + write_bcd(energy, 4)
        + b"\x0c\x14" + write_bcd(energy * 4, 4)
        + b"\x0b\x2d" + write_bcd(draw(200, device.seed, second), 3)
        + b"\x0a\x5a" + write_bcd(700 + draw(100, device.seed, second, "flow"), 2)
        + b"\x0a\x5e" + write_bcd(400 + draw(100, device.seed, second, "return"), 2)
        + b"\x0c\x78" + write_bcd(60_000_000 + device.number, 4)
        + b"\x02\xfd\x17\x00\x00"
    )  # fmt: skip


KINDS: Final[dict[str, Kind]] = {
    "electricity": Kind("holley", 2, 4000, _electricity),
    "water": Kind("axioma_qalcosonic_w1", 100, 30, _water),
    "heat": Kind("elvaco_cmi", 2, 8000, _heat),
}


def make_fleet(count: int, seed: str = "emtkit", kinds: Sequence[str] = tuple(KINDS)) -> list[Device]:
    """Return a fleet; the kinds come in turn. Raises ConfigError `capture.lorawan.fleet`."""
    unknown = next((kind for kind in kinds if kind not in KINDS), None)
    if unknown is not None or not kinds or not 0 < count <= _MOST:
        wrong = f"no kind {unknown!r}; known: {', '.join(KINDS)}" if unknown else f"a fleet has 1 to {_MOST} devices"
        raise ConfigError("capture.lorawan.fleet", wrong)
    return [_device(seed, number, KINDS[kinds[(number - 1) % len(kinds)]]) for number in range(1, count + 1)]


def _device(seed: str, number: int, kind: Kind) -> Device:
    network, application = (
        hashlib.sha256(f"{seed} {number} {use}".encode()).digest()[:16] for use in ("nwkskey", "appskey")
    )
    keys = SessionKeys.of_1_0(network, application)
    return Device(seed, number, kind, _DEV_EUI + number, _DEV_ADDR + number, keys)


def key_file(devices: Sequence[Device]) -> str:
    """Return the key file (TOML) of a fleet: what gateways' frames are opened with."""
    return "\n".join(
        f'[[key]]\nmeter = "{addr_text(device.dev_addr)}"\nnwkskey = "{device.keys.snwksint.hex().upper()}"\n'
        f'appskey = "{(device.keys.apps or b"").hex().upper()}"\n'
        for device in devices
    )


def fleet_uplinks(
    devices: Sequence[Device],
    start: datetime,
    end: datetime,
    *,
    every: timedelta = timedelta(hours=1),
    lost: int = 0,
    envelopes: Sequence[str] = ("chirpstack-v4",),
) -> Iterator[dict[str, Any]]:
    """Give the messages of a fleet from `start` to `end` in the order in which they come.

    every      mean time between two uplinks of a device; each comes up to a tenth of it early or late
    lost       how many of a hundred uplinks nobody hears
    envelopes  names of servers and gateways (`servers()`); the devices are spread over them in turn
    Raises ConfigError `capture.lorawan.fleet`.
    """
    step = every // timedelta(seconds=1)
    unknown = next((name for name in envelopes if name not in servers()), None)
    if unknown is not None or not envelopes:
        raise ConfigError("capture.lorawan.fleet", f"no server {unknown!r}; known: {', '.join(servers())}")
    if step < 10 or not 0 <= lost < 100 or start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ConfigError("capture.lorawan.fleet", "times with a zone, an end after the start, 10 s or more between")
    first, last = ((moment - _EPOCH) // timedelta(seconds=1) for moment in (start, end))
    for round_ in range((last - first) // step + 1):
        heard = []
        for device in devices:
            slot = first + round_ * step + draw(step, device.seed, device.number, "slot")
            second = slot + draw(step // 5 + 1, device.seed, device.number, round_) - step // 10
            if first <= second < last and draw(100, device.seed, device.number, round_, "lost") >= lost:
                heard.append((second, device))
        for second, device in sorted(heard, key=lambda pair: pair[0]):
            yield uplink_of(device, second, round_, envelopes[(device.number - 1) % len(envelopes)])


def uplink_of(device: Device, second: int, f_cnt: int, envelope: str) -> dict[str, Any]:
    """Return one uplink of a device in the message of a server (in clear) or of a gateway (encrypted)."""
    payload, on_air, encrypted = device.kind.payload(device, second), is_gateway(envelope), is_encrypted(envelope)
    if encrypted:
        payload = crypt_payload(device.keys.apps or b"", Counted(UP, device.dev_addr, f_cnt), payload)
    if on_air:
        payload = build_data_frame(device.keys, device.dev_addr, f_cnt, f_port=device.kind.port, payload=payload)
    level = Decimal(-60 - draw(60, device.seed, device.number, f_cnt, "level"))
    ratio = Decimal(draw(300, device.seed, device.number, f_cnt, "ratio") - 150).scaleb(-1)
    return write_envelope(Uplink(
        envelope,
        dev_eui=None if on_air else eui_text(device.dev_eui),
        dev_addr=addr_text(device.dev_addr),
        f_port=device.kind.port,
        f_cnt=f_cnt,
        payload=payload,
        is_phy=on_air,
        time=_EPOCH + timedelta(seconds=second),
        device=device.name,
        profile=device.kind.profile,
        application="simulated",
        confirmed=False,
        frequency=_CHANNELS[f_cnt % len(_CHANNELS)],
        data_rate="SF9BW125",
        gateways=(Gateway("7276FF0000000001", level, ratio),),
        encrypted=encrypted,
    ))  # fmt: skip
