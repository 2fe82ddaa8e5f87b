"""The neutral uplink: what every network server says around a payload, in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


class Gateway(NamedTuple):
    """A gateway that heard the uplink: its id, level in dBm, signal-to-noise ratio in dB."""

    id: str | None
    rssi: Decimal | None
    snr: Decimal | None


class Uplink(NamedTuple):
    """A message of a network server or gateway. None: the message does not say it.

    server       which server's form it has (`ttn-v3`, `chirpstack-v4` ...)
    kind         `up`: a payload of the device; `down`: a frame for it; else the name of the event (`join`, `status`,
                 `txack`, `stats` ...)
    dev_eui      16 hex digits in capitals, where it is a EUI; else the text the server has there
    dev_addr     8 hex digits in capitals
    f_port       0 where the server leaves a zero out
    f_cnt        the frame counter, whole
    payload      the FRMPayload in clear, or (`is_phy`) a whole PHYPayload; empty for events without
    time         when it was received, by the server's or the gateway's clock
    device       the device's name; `profile` the name of its type or codec, `application` that of its application
    frequency    Hz
    data_rate    `SF12BW125`, or as the server writes it
    decoded      what the server's own decoder made of the payload
    encrypted    the server has no AppSKey: the payload is as it came from the air
    """

    server: str
    kind: str = "up"
    dev_eui: str | None = None
    dev_addr: str | None = None
    join_eui: str | None = None
    f_port: int | None = None
    f_cnt: int | None = None
    payload: bytes = b""
    is_phy: bool = False
    time: datetime | None = None
    device: str | None = None
    profile: str | None = None
    application: str | None = None
    confirmed: bool | None = None
    frequency: int | None = None
    data_rate: str | None = None
    gateways: tuple[Gateway, ...] = ()
    decoded: Any = None
    encrypted: bool = False

    @property
    def rssi(self) -> Decimal | None:
        """Return the level at the gateway that heard it best, in dBm."""
        if len(self.gateways) == 1:
            return self.gateways[0].rssi
        return max((gateway.rssi for gateway in self.gateways if gateway.rssi is not None), default=None)

    @property
    def snr(self) -> Decimal | None:
        """Return the best signal-to-noise ratio, in dB."""
        return max((gateway.snr for gateway in self.gateways if gateway.snr is not None), default=None)
