"""Meters that do not exist: pushes and keys made here, for the tests of the DLMS decoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from emtkit.model.key import Key
from emtkit.model.obis import Obis
from emtkit.protocols.context import Context, Memory
from emtkit.protocols.dlms import axdr
from emtkit.protocols.dlms.apdu import encode_apdu
from emtkit.protocols.dlms.apdu_notify import DataNotification, NotificationTime
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.push_body import Body

if TYPE_CHECKING:
    from collections.abc import Callable

    from emtkit.model.meter_id import MeterId

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
TITLE = b"EMT\x00\x00\x00\x00\x01"
CLOCK = bytes.fromhex("07ea0b17010c1e00ffffc400")  # 2026-11-23 12:30:00 +01:00


class Keys:
    """A key source of two keys."""

    def __init__(self, key: bytes | None = EK, authentication: bytes | None = AK) -> None:
        self.found = {
            "encryption": () if key is None else (Key(key, "EK"),),
            "authentication": () if authentication is None else (Key(authentication, "AK"),),
        }

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:  # noqa: ARG002
        return self.found[use]


def register(obis: str, value: int, scaler: int, unit: int) -> Data:
    """Build {name, value, scaler_unit}."""
    return axdr.structure(
        axdr.octets(bytes(Obis.parse(obis))),
        Data(axdr.DOUBLE_LONG_UNSIGNED, value),
        axdr.structure(Data(axdr.INTEGER, scaler), Data(axdr.ENUM, unit)),
    )


@pytest.fixture
def push() -> bytes:
    """Give a push of a meter: time, serial number, energy, power, voltage."""
    body = axdr.structure(
        axdr.structure(axdr.octets(bytes.fromhex("0000600100ff")), axdr.octets(b"10000001")),
        register("1-0:1.8.0", 4408736, 0, 30),
        register("1-0:2.7.0", 17, 0, 27),
        register("1-0:32.7.0", 2301, -1, 35),
    )
    return encode_apdu(DataNotification(0x0F000001, NotificationTime(CLOCK), Body(body)))


@pytest.fixture
def context() -> Callable[..., Context]:
    """Give a maker of contexts with the test keys and a memory of their own."""

    def make(**parts: object) -> Context:
        chosen: dict[str, object] = {"keys": Keys(), "memory": Memory(), **parts}
        return Context(**chosen)  # type: ignore[arg-type]  # the tests know the fields

    return make
