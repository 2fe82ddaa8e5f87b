"""The PHYPayload: MHDR, then a data frame, a join or rejoin request, a join accept, or something proprietary.

    MHDR | DevAddr FCtrl FCnt FOpts [FPort [FRMPayload]] | MIC      data frames
    MHDR | JoinEUI DevEUI DevNonce | MIC                            join request
    MHDR | encrypted( JoinNonce NetID DevAddr DLSettings RxDelay [CFList] MIC )
    MHDR | type NetID DevEUI RJcount | MIC                          rejoin request 0 and 2
    MHDR | type JoinEUI DevEUI RJcount | MIC                        rejoin request 1

Numbers are little-endian on the wire; EUIs, addresses and network ids are written most significant byte first.
Source: LoRaWAN L2 1.0.4, chapter 4; LoRaWAN 1.1, chapters 4 and 6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import DecodeError, UnsupportedError
from emtkit.protocols.lorawan.security import DOWN, MIC_SIZE, UP
from emtkit.wire.layout import Field, Layout

if TYPE_CHECKING:
    from emtkit.protocols.lorawan.mac_commands import MacCommand
    from emtkit.wire.cursor import Cursor

LAYER: Final = "lorawan.phy"
JOIN_REQUEST, JOIN_ACCEPT, REJOIN, PROPRIETARY = 0, 1, 6, 7
M_TYPES: Final = (
    "JoinRequest", "JoinAccept", "UnconfirmedDataUp", "UnconfirmedDataDown", "ConfirmedDataUp", "ConfirmedDataDown",
    "RejoinRequest", "Proprietary",
)  # fmt: skip
UPLINK_TYPES: Final = frozenset({2, 4})
DATA_TYPES: Final = frozenset({2, 3, 4, 5})
MIN_DATA: Final = 12
JOIN_REQUEST_SIZE: Final = 23
JOIN_ACCEPT_SIZES: Final = (17, 33)
LARGEST: Final = 255

FHDR: Final = Layout(
    "lorawan.fhdr",
    Field("dev_addr", "u32", "device address"),
    Field("f_ctrl", "u8", "frame control"),
    Field("f_cnt", "u16", "frame counter, its lower 16 bits"),
)
JOIN_REQUEST_FIELDS: Final = Layout(
    "lorawan.join_request",
    Field("join_eui", "u64", "JoinEUI"),
    Field("dev_eui", "u64", "DevEUI"),
    Field("dev_nonce", "u16", "DevNonce: counts the device's joins"),
)
JOIN_ACCEPT_FIELDS: Final = Layout(
    "lorawan.join_accept",
    Field("join_nonce", 3, "JoinNonce: counts the server's answers"),
    Field("net_id", 3, "network"),
    Field("dev_addr", "u32", "device address for the session"),
    Field("dl_settings", "u8", "downlink settings"),
    Field("rx_delay", "u8", "delay of the first receive window"),
)
REJOIN_0_FIELDS: Final = Layout(
    "lorawan.rejoin",
    Field("rejoin_type", "u8", "type of the rejoin request"),
    Field("net_id", 3, "network"),
    Field("dev_eui", "u64", "DevEUI"),
    Field("rj_count", "u16", "RJcount"),
)
REJOIN_1_FIELDS: Final = Layout(
    "lorawan.rejoin",
    Field("rejoin_type", "u8", "type of the rejoin request"),
    Field("join_eui", "u64", "JoinEUI"),
    Field("dev_eui", "u64", "DevEUI"),
    Field("rj_count", "u16", "RJcount"),
)
_REJOIN_SIZE: Final = {0: 19, 1: 24, 2: 19}


class Mhdr(NamedTuple):
    """The first byte: message type 0..7, and major version (0 is LoRaWAN R1)."""

    m_type: int
    major: int

    @property
    def name(self) -> str:
        """Return the message type's name."""
        return M_TYPES[self.m_type]


class DataFrame(NamedTuple):
    """A data frame.

    f_cnt        32 bits where the MIC told the upper half, else the 16 bits of the frame (`counter_known` says which)
    f_opts, frm_payload  in clear where a key was there, else as on the air
    f_port       None: no port and no payload
    commands     MAC commands of FOpts or of port 0
    """

    m_type: int
    direction: int
    dev_addr: int
    f_ctrl: int
    f_cnt: int
    f_opts: bytes
    f_port: int | None
    frm_payload: bytes
    mic: bytes
    counter_known: bool = False
    commands: tuple[MacCommand, ...] = ()

    @property
    def ack(self) -> bool:
        """Say whether the frame acknowledges one of the other side."""
        return bool(self.f_ctrl & 0x20)


class JoinRequest(NamedTuple):
    """A device asks to join."""

    join_eui: int
    dev_eui: int
    dev_nonce: int
    mic: bytes


class JoinAccept(NamedTuple):
    """The answer to a join or rejoin request, opened."""

    join_nonce: int
    net_id: int
    dev_addr: int
    dl_settings: int
    rx_delay: int
    cf_list: bytes
    mic: bytes

    @property
    def opt_neg(self) -> bool:
        """Say whether the session is one of 1.1."""
        return bool(self.dl_settings & 0x80)


class RejoinRequest(NamedTuple):
    """A device asks to stay (0, 2: it names the network; 1: it names the join server)."""

    rejoin_type: int
    net_id: int | None
    join_eui: int | None
    dev_eui: int
    rj_count: int
    mic: bytes


class Proprietary(NamedTuple):
    """A message whose content the standard leaves open."""

    payload: bytes


def eui_text(eui: int) -> str:
    """Return an EUI as people write it: 16 hex digits."""
    return f"{eui:016X}"


def addr_text(dev_addr: int) -> str:
    """Return a device address as people write it: 8 hex digits."""
    return f"{dev_addr:08X}"


def plausible(data: bytes) -> int:
    """Return how sure these bytes are a PHYPayload: never much, there is nothing to check without a key."""
    size = len(data)
    if not MIN_DATA <= size <= LARGEST or data[0] & 0x1F:
        return 0
    m_type = data[0] >> 5
    if m_type in DATA_TYPES:
        head = 8 + (data[5] & 15)
        return (
            5 if size >= head + MIC_SIZE and not (m_type in UPLINK_TYPES and size == head + 5 and not data[head]) else 0
        )
    if m_type == JOIN_REQUEST:
        return 8 if size == JOIN_REQUEST_SIZE else 0
    if m_type == JOIN_ACCEPT:
        return 8 if size in JOIN_ACCEPT_SIZES else 0
    return 5 if m_type == REJOIN and _REJOIN_SIZE.get(data[1]) == size else 0


def read_mhdr(cur: Cursor) -> Mhdr:
    """Read the MHDR. Raises UnsupportedError `lorawan.phy.major`."""
    byte = cur.u8("MHDR")
    mhdr = Mhdr(byte >> 5, byte & 3)
    cur.note(f"{mhdr.name}, LoRaWAN R{mhdr.major + 1}")
    if mhdr.major:
        raise UnsupportedError(
            "lorawan.phy.major", f"major version {mhdr.major} is no LoRaWAN that is defined", layer=LAYER, field="MHDR",
            start=cur.place(cur.pos - 1)[0], end=cur.place(cur.pos - 1)[1],
        )  # fmt: skip
    return mhdr


def read_data_frame(cur: Cursor, m_type: int) -> DataFrame:
    """Read a data frame behind its MHDR, still encrypted. Raises Truncated, DecodeError `lorawan.phy.fopts`."""
    whole = cur.end
    cur.end = max(whole - MIC_SIZE, cur.pos)
    direction = UP if m_type in UPLINK_TYPES else DOWN
    start = cur.pos
    dev_addr, f_ctrl, f_cnt = cur.read(FHDR)
    if cur.tracing:
        _explain_fhdr(cur, start, direction, dev_addr, f_ctrl, f_cnt)
    f_opts = cur.take(f_ctrl & 15, "FOpts") if f_ctrl & 15 else b""
    f_port = None
    if cur.left:
        f_port = cur.u8("FPort")
        cur.note(_port_meaning(f_port))
    frm_payload = cur.rest("FRMPayload") if cur.left else b""
    cur.end = whole
    mic = cur.take(MIC_SIZE, "MIC")
    cur.note("message integrity code")
    if f_port == 0 and f_opts:
        low, high = cur.place(start, cur.pos)
        raise DecodeError(
            "lorawan.phy.fopts", "MAC commands in FOpts and on port 0 at once: no LoRaWAN frame", layer=LAYER,
            field="FOpts", start=low, end=high,
        )  # fmt: skip
    return DataFrame(m_type, direction, dev_addr, f_ctrl, f_cnt, f_opts, f_port, frm_payload, mic)


def _explain_fhdr(cur: Cursor, start: int, direction: int, dev_addr: int, f_ctrl: int, f_cnt: int) -> None:
    """Say what the three fields hold, the frame control down to its bits."""
    names = _FCTRL[direction]
    bits = [name for bit, name in names if f_ctrl & bit]
    text = f"{', '.join(bits) or 'no flag'}; {f_ctrl & 15} bytes of FOpts"
    trace, view = cur.trace, cur.view
    if trace is not None:
        trace.add(view, start, start + 4, LAYER, "DevAddr", f"device address {addr_text(dev_addr)}")
        trace.add(view, start + 4, start + 5, LAYER, "FCtrl", f"frame control: {text}")
        trace.add(view, start + 5, start + 7, LAYER, "FCnt", f"frame counter {f_cnt} (lower 16 bits)")


_FCTRL: Final = {
    UP: ((0x80, "ADR"), (0x40, "ADRACKReq"), (0x20, "ACK"), (0x10, "ClassB")),
    DOWN: ((0x80, "ADR"), (0x20, "ACK"), (0x10, "FPending")),
}


def _port_meaning(port: int) -> str:
    if port == 0:
        return "port 0: the payload is MAC commands"
    if port == 224:
        return "port 224: test protocol"
    return f"application port {port}" if port < 224 else f"port {port} (reserved)"


def read_join_request(cur: Cursor) -> JoinRequest:
    """Read a join request behind its MHDR."""
    join_eui, dev_eui, dev_nonce = cur.read(JOIN_REQUEST_FIELDS)
    request = JoinRequest(join_eui, dev_eui, dev_nonce, cur.take(MIC_SIZE, "MIC"))
    _no_more(cur)
    return request


def read_join_accept(cur: Cursor) -> JoinAccept:
    """Read an opened join accept behind its MHDR."""
    nonce, net_id, dev_addr, dl_settings, rx_delay = cur.read(JOIN_ACCEPT_FIELDS)
    cf_list = b""
    if cur.left > MIC_SIZE:
        cf_list = cur.take(16, "CFList")
        cur.note(cf_list_text(cf_list))
    mic = cur.take(MIC_SIZE, "MIC")
    little = int.from_bytes(net_id, "little")
    return JoinAccept(int.from_bytes(nonce, "little"), little, dev_addr, dl_settings, rx_delay, cf_list, mic)


def read_rejoin_request(cur: Cursor) -> RejoinRequest:
    """Read a rejoin request behind its MHDR. Raises UnsupportedError `lorawan.phy.rejoin`."""
    kind = cur.peek()
    if kind in {0, 2}:
        kind, net_id, dev_eui, count = cur.read(REJOIN_0_FIELDS)
        request = RejoinRequest(kind, int.from_bytes(net_id, "little"), None, dev_eui, count, cur.take(MIC_SIZE, "MIC"))
    elif kind == 1:
        kind, join_eui, dev_eui, count = cur.read(REJOIN_1_FIELDS)
        request = RejoinRequest(kind, None, join_eui, dev_eui, count, cur.take(MIC_SIZE, "MIC"))
    elif kind is None:
        raise cur.short(1, "rejoin_type")
    else:
        raise UnsupportedError("lorawan.phy.rejoin", f"no rejoin request of type {kind}", layer=LAYER, field="type")
    _no_more(cur)
    return request


def _no_more(cur: Cursor) -> None:
    if cur.left:
        low, high = cur.place(cur.pos, cur.end)
        raise DecodeError(
            "lorawan.phy.length",
            f"{cur.left} bytes too many behind the MIC",
            layer=LAYER,
            field="MIC",
            start=low,
            end=high,
        )


def channels_of(cf_list: bytes) -> tuple[int, ...]:
    """Return the frequencies in Hz of a CFList of type 0 (five channels of 100 Hz steps, 0: none)."""
    if len(cf_list) != 16 or cf_list[15]:
        return ()
    steps = (int.from_bytes(cf_list[at : at + 3], "little") for at in range(0, 15, 3))
    return tuple(step * 100 for step in steps if step)


def cf_list_text(cf_list: bytes) -> str:
    """Return what a CFList says, for people."""
    if cf_list[15] == 0:
        return "channels " + (", ".join(f"{hz // 1000}.{hz % 1000:03d} kHz" for hz in channels_of(cf_list)) or "none")
    return "channel masks" if cf_list[15] == 1 else f"channel list of type {cf_list[15]}"
