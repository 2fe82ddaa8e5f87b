"""What gateways send: frames as they came from the air, still encrypted, and reports about themselves.

ChirpStack Gateway Bridge    {"phyPayload": base64, "rxInfo": …, "txInfo": …}; down {"items": [{"phyPayload": …}, …]}
Semtech UDP packet forwarder {"rxpk": [{"data": base64, …}, …]}; down {"txpk": {"data": base64, …}}
Basics Station (LNS)         {"msgtype": "updf", "MHdr": …, "DevAddr": …, …}: the frame's fields one by one; down
                             {"msgtype": "dnmsg", "pdu": hex, …}
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from emtkit.capture.lorawan_envelopes import values
from emtkit.capture.lorawan_envelopes.forms import gateway_reader
from emtkit.protocols.lorawan.uplink import Gateway, Uplink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Entry = Mapping[str, Any]
    # reads a time, or notes that it cannot be read
    Clock = Callable[[object], Any]

_BRIDGE_KINDS: Final = (
    ("rxPacketsReceived", "stats"), ("rxPacketsReceivedOk", "stats"), ("items.status", "ack"), ("items", "down"),
    ("stdout", "exec"), ("command", "exec"), ("execId", "exec"), ("channels", "config"), ("state", "conn"),
    ("payload", "raw"),
)  # fmt: skip
_BRIDGE_TIMES: Final = ("nsTime", "gwTime", "time")
_LORA: Final = ("spreadingFactor", "bandwidth")
_FRAMES: Final = ("payload", "data")  # somebody's own line with a frame, whatever its gateway is
_STATION: Final = frozenset({
    "version", "updf", "jreq", "jacc", "propdf", "rejoin", "dntxed", "dnmsg", "dnsched", "timesync", "router_config",
    "runcmd", "rmtsh", "getxtime",
})  # fmt: skip
_UDP_KINDS: Final = ("rxpk", "txpk", "txpk_ack", "stat")
_UDP: Final = ("PUSH_DATA", "PUSH_ACK", "PULL_DATA", "PULL_RESP", "PULL_ACK", "TX_ACK")
_NOBODY: Final = Gateway(None, None, None)
_EUI_SIZES: Final = (12, 16)
_CUPS: Final = frozenset(("router", "cupsUri", "tcUri"))


def read_gateway(entry: Entry, clock: Clock) -> list[Uplink] | None:
    """Return the messages of a gateway's JSON, None if it is none."""
    if "phyPayload" in entry:
        return [_bridge_frame(entry, clock)]
    if "downlinkId" in entry and values.at(entry, "items.phyPayload") is not None:
        return _bridge_down(entry)
    if ("gatewayId" in entry or "gatewayID" in entry) and not any(values.hex_bytes(entry.get(k)) for k in _FRAMES):
        kind = next((kind for mark, kind in _BRIDGE_KINDS if values.at(entry, mark) is not None), None)
        return None if kind is None else [_bridge_report(entry, kind, clock)]
    if (any(name in entry for name in _UDP_KINDS) or values.at(entry, "datagram.id") in _UDP) and all(
        isinstance(entry.get(k), list | dict | None) for k in entry
    ):
        return _udp(entry, clock)
    kind = entry.get("msgtype")
    if isinstance(kind, str) and kind in _STATION:
        return [_station(entry, kind, clock)]
    if "router" in entry and _CUPS.issubset(entry):
        return [Uplink("basics-station", "update-info")]
    return None


def gateway(report: object) -> Gateway:
    """Return one gateway's report."""
    if type(report) is not dict:
        return _NOBODY
    ident, level, ratio = gateway_reader(report)(report)
    name = values.text(ident)
    if name is not None and len(name) in _EUI_SIZES:
        name = values.address(name, 16)
    return Gateway(name, values.number(level), values.number(ratio))


# ---- ChirpStack Gateway Bridge ----


def _bridge_frame(entry: Entry, clock: Clock) -> Uplink:
    heard = entry.get("rxInfo", entry.get("rxInfoLegacy"))
    return Uplink(
        "chirpstack-gateway-bridge",
        payload=values.base64_bytes(entry.get("phyPayload")) or b"",
        is_phy=True,
        time=clock(values.first(heard, _BRIDGE_TIMES)) if isinstance(heard, dict) else None,
        gateways=(gateway(heard),),
        **_bridge_radio(entry.get("txInfo", entry.get("txInfoLegacy"))),
    )


def _bridge_radio(sent: object) -> dict[str, Any]:
    told = sent if isinstance(sent, dict) else {}
    return {
        "frequency": values.frequency(told.get("frequency")),
        "data_rate": values.data_rate(
            None,
            *(values.first(told, (f"modulation.lora.{part}", f"loRaModulationInfo.{part}")) for part in _LORA),
        ),
    }


def _bridge_down(entry: Entry) -> list[Uplink] | None:
    """Return the frames of a downlink command: those of the receive windows are mostly one and the same."""
    found: dict[bytes, Uplink] = {}
    items = entry.get("items")
    whose = (gateway(dict(entry)),)
    for item in items if isinstance(items, list) else ():
        frame = values.base64_bytes(item.get("phyPayload")) if isinstance(item, dict) else None
        if frame and frame not in found:
            found[frame] = Uplink(
                "chirpstack-gateway-bridge", "down", payload=frame, is_phy=True, gateways=whose,
                **_bridge_radio(item.get("txInfo", item.get("txInfoLegacy"))),
            )  # fmt: skip
    return list(found.values()) or None


def _bridge_report(entry: Entry, kind: str, clock: Clock) -> Uplink:
    return Uplink("chirpstack-gateway-bridge", kind, time=clock(entry.get("time")), gateways=(gateway(dict(entry)),))


# ---- Semtech UDP ----


def _udp(entry: Entry, clock: Clock) -> list[Uplink]:
    head = entry.get("datagram")
    head = head if isinstance(head, dict) else {}
    whose = values.eui(head.get("gateway"))
    packets, sent = entry.get("rxpk"), entry.get("txpk")
    heard = packets if isinstance(packets, list) else ()
    made = [_packet(packet, clock, whose, "up") for packet in heard if isinstance(packet, dict)]
    if isinstance(sent, dict):
        made.append(_packet(sent, clock, whose, "down"))
    by = () if whose is None else (Gateway(whose, None, None),)
    if "stat" in entry:
        # its time is "2014-01-12 08:59:28 GMT", the forwarder's clock
        made.append(Uplink("semtech-udp", "stat", gateways=by))
    if made:
        return made
    kind = next((name for name in _UDP_KINDS if name in entry), None) or str(head.get("id", "")).lower()
    return [Uplink("semtech-udp", kind, gateways=by)]


def _packet(packet: Entry, clock: Clock, whose: str | None, kind: str) -> Uplink:
    good = packet.get("stat", 1) == 1
    report = gateway(packet)
    return Uplink(
        "semtech-udp",
        kind if good else "bad_crc",
        payload=values.base64_bytes(packet.get("data")) or b"",
        is_phy=True,
        time=clock(packet.get("time")),
        frequency=values.frequency(packet.get("freq")),
        data_rate=values.data_rate(packet.get("datr"), None, None),
        gateways=(report if whose is None else report._replace(id=whose),),
    )


# ---- Basics Station ----


def _station(entry: Entry, kind: str, clock: Clock) -> Uplink:
    info = entry.get("upinfo")
    info = info if isinstance(info, dict) else {}
    frame = _REBUILD[kind](entry) if kind in _REBUILD else None
    heard = info.get("rxtime")
    return Uplink(
        "basics-station",
        kind if frame is None else "down" if kind == "dnmsg" else "up",
        dev_eui=values.eui(entry.get("DevEui")) if kind != "dntxed" or entry.get("DevEui") else None,
        payload=frame or b"",
        is_phy=True,
        time=clock(heard if isinstance(heard, int | Decimal) else None),
        frequency=values.frequency(entry.get("Freq")),
        data_rate=None if values.integer(entry.get("DR"), 16) is None else f"DR{entry['DR']}",
        gateways=(gateway(info),) if info else (),
    )


def _updf(entry: Entry) -> bytes | None:
    """Put the fields of a data frame together again."""
    head = [_little(entry, name, size) for name, size in (("MHdr", 1), ("DevAddr", 4), ("FCtrl", 1), ("FCnt", 2))]
    opts, payload = (values.hex_bytes(entry.get(name)) for name in ("FOpts", "FRMPayload"))
    mic, port = _little(entry, "MIC", 4), entry.get("FPort")
    if None in {*head, opts, payload, mic} or not isinstance(port, int) or not -1 <= port < 256:
        return None
    body = b"" if port < 0 else bytes((port,)) + (payload or b"")
    return b"".join(part for part in head if part is not None) + (opts or b"") + body + (mic or b"")


def _jreq(entry: Entry) -> bytes | None:
    """Put the fields of a join request together again."""
    join_eui, dev_eui = (values.eui(entry.get(name)) for name in ("JoinEui", "DevEui"))
    nonce, mic = _little(entry, "DevNonce", 2), _little(entry, "MIC", 4)
    euis = [values.hex_bytes(text) for text in (join_eui, dev_eui)]
    if nonce is None or mic is None or any(eui is None or len(eui) != 8 for eui in euis):
        return None
    return b"\x00" + b"".join((eui or b"")[::-1] for eui in euis) + nonce + mic


def _whole(entry: Entry) -> bytes | None:
    return values.hex_bytes(entry.get("FRMPayload"))


def _pdu(entry: Entry) -> bytes | None:
    return values.hex_bytes(entry.get("pdu")) or None


_REBUILD: Final = {"updf": _updf, "jreq": _jreq, "propdf": _whole, "jacc": _whole, "dnmsg": _pdu}


def _little(entry: Entry, name: str, size: int) -> bytes | None:
    """Return a field as it stands in the frame; addresses and MICs are signed numbers in the message."""
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 31) <= value < 1 << 32:
        return None
    return (value & (1 << size * 8) - 1).to_bytes(size, "little")
