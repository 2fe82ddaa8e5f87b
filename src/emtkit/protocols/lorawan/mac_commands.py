"""MAC commands: the table of LoRaWAN 1.0.4 / 1.1 and of the relay (TS011), and its reader and writer.

A command's payload is one little-endian number; each field is a run of its bits. A command of unknown CID has an
unknown length: the rest stays raw.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emtkit.protocols.context import Context
    from emtkit.wire.cursor import Cursor

LAYER: Final = "lorawan.mac"
_PROPRIETARY: Final = 0x80
_GHZ_2_4: Final = 12_000_000  # frequency codes from here on are steps of 200 Hz (RP002-1.0.3, 2.4 GHz)


class Bits(NamedTuple):
    """A field: its name, lowest bit, number of bits and kind.

    kinds: uint; flag; int (two's complement); hz (steps of 100 Hz); address (hex, most significant first);
    bytes (hex as on the wire, all the rest if the width is 0); seconds (1/256 s); less (the number minus `offset`);
    minus (minus the number, minus `offset`)
    """

    name: str
    low: int
    width: int
    kind: str = "uint"
    offset: int = 0


class Command(NamedTuple):
    """A row of the table: CID, whether a device sends it, name, number of payload bytes, fields."""

    cid: int
    uplink: bool
    name: str
    size: int
    fields: tuple[Bits, ...] = ()


FieldValue = int | bool | str | Decimal


class MacCommand(NamedTuple):
    """A command that was read. `fields` by name; an unknown command has the name `unknown` and only `raw`."""

    cid: int
    name: str
    fields: dict[str, FieldValue]
    raw: bytes


def _flags(*names: str) -> tuple[Bits, ...]:
    return tuple(Bits(name, low, 1, "flag") for low, name in enumerate(names))


_VERSION: Final = (Bits("minor_version", 0, 4),)
_FREQ_ONLY: Final = (Bits("freq", 0, 24, "hz"),)
_CH_SETTINGS: Final = (("second_ch_ack_offset", 0, 3), ("second_ch_dr", 3, 4), ("second_ch_idx", 7, 2))

# LoRaWAN L2 1.0.4, chapter 5; LoRaWAN 1.1, chapter 5; TS011-1.0.1 (relay), chapter 11
COMMANDS: Final = (
    Command(0x01, True, "ResetInd", 1, _VERSION),
    Command(0x01, False, "ResetConf", 1, _VERSION),
    Command(0x02, True, "LinkCheckReq", 0),
    Command(0x02, False, "LinkCheckAns", 2, (Bits("margin", 0, 8), Bits("gw_cnt", 8, 8))),
    Command(0x03, True, "LinkADRAns", 1, _flags("ch_mask_ack", "dr_ack", "tx_power_ack")),
    Command(0x03, False, "LinkADRReq", 4, (
        Bits("tx_power", 0, 4), Bits("dr", 4, 4), Bits("ch_mask", 8, 16), Bits("nb_rep", 24, 4),
        Bits("ch_mask_cntl", 28, 3))),
    Command(0x04, True, "DutyCycleAns", 0),
    Command(0x04, False, "DutyCycleReq", 1, (Bits("max_duty_cycle", 0, 4),)),
    Command(0x05, True, "RXParamSetupAns", 1, _flags("channel_ack", "rx2_dr_ack", "rx1_dr_offset_ack")),
    Command(0x05, False, "RXParamSetupReq", 4, (
        Bits("rx2_dr", 0, 4), Bits("rx1_dr_offset", 4, 3), Bits("opt_neg", 7, 1, "flag"),
        Bits("frequency", 8, 24, "hz"))),
    Command(0x06, True, "DevStatusAns", 2, (Bits("battery", 0, 8), Bits("margin", 8, 6, "int"))),
    Command(0x06, False, "DevStatusReq", 0),
    Command(0x07, True, "NewChannelAns", 1, _flags("channel_freq_ok", "dr_range_ok")),
    Command(0x07, False, "NewChannelReq", 5, (
        Bits("ch_index", 0, 8), Bits("freq", 8, 24, "hz"), Bits("min_dr", 32, 4), Bits("max_dr", 36, 4))),
    Command(0x08, True, "RXTimingSetupAns", 0),
    Command(0x08, False, "RXTimingSetupReq", 1, (Bits("delay", 0, 4),)),
    Command(0x09, True, "TxParamSetupAns", 0),
    Command(0x09, False, "TxParamSetupReq", 1, (
        Bits("max_eirp", 0, 4), Bits("uplink_dwell_time", 4, 1, "flag"), Bits("downlink_dwell_time", 5, 1, "flag"))),
    Command(0x0A, True, "DlChannelAns", 1, _flags("channel_freq_ok", "uplink_freq_exists")),
    Command(0x0A, False, "DlChannelReq", 4, (Bits("ch_index", 0, 8), Bits("freq", 8, 24, "hz"))),
    Command(0x0B, True, "RekeyInd", 1, _VERSION),
    Command(0x0B, False, "RekeyConf", 1, _VERSION),
    Command(0x0C, True, "ADRParamSetupAns", 0),
    Command(0x0C, False, "ADRParamSetupReq", 1, (Bits("delay_exp", 0, 4), Bits("limit_exp", 4, 4))),
    Command(0x0D, True, "DeviceTimeReq", 0),
    Command(0x0D, False, "DeviceTimeAns", 5, (Bits("time_since_gps_epoch", 0, 40, "seconds"),)),
    Command(0x0E, False, "ForceRejoinReq", 2, (
        Bits("dr", 0, 4), Bits("rejoin_type", 4, 3), Bits("max_retries", 8, 3), Bits("period", 11, 3))),
    Command(0x0F, True, "RejoinParamSetupAns", 1, _flags("time_ok")),
    Command(0x0F, False, "RejoinParamSetupReq", 1, (Bits("max_count_n", 0, 4), Bits("max_time_n", 4, 4))),
    Command(0x10, True, "PingSlotInfoReq", 1, (Bits("periodicity", 0, 3),)),
    Command(0x10, False, "PingSlotInfoAns", 0),
    Command(0x11, True, "PingSlotChannelAns", 1, _flags("channel_freq_ok", "dr_ok")),
    Command(0x11, False, "PingSlotChannelReq", 4, (*_FREQ_ONLY, Bits("dr", 24, 4))),
    Command(0x13, True, "BeaconFreqAns", 1, _flags("beacon_freq_ok")),
    Command(0x13, False, "BeaconFreqReq", 3, _FREQ_ONLY),
    Command(0x20, True, "DeviceModeInd", 1, (Bits("class", 0, 8),)),
    Command(0x20, False, "DeviceModeConf", 1, (Bits("class", 0, 8),)),
    Command(0x40, True, "RelayConfAns", 1, _flags(
        "second_ch_freq_ack", "second_ch_ack_offset_ack", "second_ch_dr_ack", "second_ch_idx_ack",
        "default_ch_idx_ack", "cad_periodicity_ack")),
    Command(0x40, False, "RelayConfReq", 5, (
        *(Bits(*row) for row in _CH_SETTINGS), Bits("default_ch_idx", 9, 1), Bits("cad_periodicity", 10, 3),
        Bits("start_stop", 13, 1), Bits("second_ch_freq", 16, 24, "hz"))),
    Command(0x41, True, "EndDeviceConfAns", 1, _flags(
        "second_ch_freq_ack", "second_ch_dr_ack", "second_ch_idx_ack", "backoff_ack")),
    Command(0x41, False, "EndDeviceConfReq", 6, (
        Bits("smart_enable_level", 0, 2), Bits("relay_mode_activation", 2, 2),
        *(Bits(name, low + 8, width) for name, low, width in _CH_SETTINGS), Bits("backoff", 17, 6),
        Bits("second_ch_freq", 24, 24, "hz"))),
    Command(0x42, True, "FilterListAns", 1, _flags("filter_list_action_ack", "filter_list_len_ack",
                                                   "combined_rules_ack")),
    Command(0x42, False, "FilterListReq", 2, (
        Bits("filter_list_len", 0, 5), Bits("filter_list_action", 5, 2), Bits("filter_list_idx", 7, 4),
        Bits("filter_list_eui", 16, 0, "bytes"))),
    Command(0x43, True, "UpdateUplinkListAns", 0),
    Command(0x43, False, "UpdateUplinkListReq", 26, (
        Bits("uplink_list_idx", 0, 4), Bits("reload_rate", 8, 6), Bits("bucket_size", 14, 2),
        Bits("dev_addr", 16, 32, "address"), Bits("w_fcnt", 48, 32), Bits("root_wor_s_key", 80, 128, "bytes"))),
    Command(0x44, True, "CtrlUplinkListAns", 5, (Bits("uplink_list_idx_ack", 0, 1, "flag"), Bits("w_fcnt", 8, 32))),
    Command(0x44, False, "CtrlUplinkListReq", 1, (Bits("uplink_list_idx", 0, 4), Bits("ctrl_uplink_action", 4, 1))),
    Command(0x45, True, "ConfigureFwdLimitAns", 0),
    Command(0x45, False, "ConfigureFwdLimitReq", 5, (
        Bits("overall_reload_rate", 0, 7), Bits("global_uplink_reload_rate", 7, 7),
        Bits("notify_reload_rate", 14, 7), Bits("join_req_reload_rate", 21, 7), Bits("reset_limit_counter", 28, 2),
        Bits("overall_limit_size", 32, 2), Bits("global_uplink_limit_size", 34, 2),
        Bits("notify_limit_size", 36, 2), Bits("join_req_limit_size", 38, 2))),
    Command(0x46, True, "NotifyNewEndDeviceReq", 6, (
        Bits("dev_addr", 0, 32, "address"), Bits("wor_snr", 32, 5, "less", 20),
        Bits("wor_rssi", 37, 7, "minus", 15))),
)  # fmt: skip

_BY_CID: Final = {(command.uplink, command.cid): command for command in COMMANDS}
_BY_NAME: Final = {command.name: command for command in COMMANDS}


def read_mac_commands(cur: Cursor, ctx: Context, *, uplink: bool) -> tuple[MacCommand, ...]:
    """Read commands up to the end of the cursor. What cannot be divided is one `unknown` command, reported."""
    cur.layer = LAYER
    commands: list[MacCommand] = []
    while cur.left:
        start = cur.pos
        command = _BY_CID.get((uplink, cur.data[start]))
        size = None if command is None else _size(command, cur.data[start + 1 : cur.end])
        if command is None or size is None or size >= cur.left:
            commands.append(_unknown(cur, ctx, command))
            break
        cur.u8("cid")
        cur.note(command.name)
        body = cur.take(size, command.name) if size else b""
        fields = _read_fields(command, body)
        if size:
            cur.note(", ".join(f"{name} {_shown(value)}" for name, value in fields.items()))
        commands.append(MacCommand(command.cid, command.name, fields, cur.data[start : cur.pos]))
    return tuple(commands)


def _size(command: Command, body: bytes) -> int | None:
    """Return the payload's size; a filter list says it itself."""
    if command.name != "FilterListReq":
        return command.size
    return command.size + (body[0] & 31) if body else None


def _unknown(cur: Cursor, ctx: Context, command: Command | None) -> MacCommand:
    start = cur.pos
    cid = cur.data[start]
    raw = cur.rest("command")
    if command is not None:
        what = f"the command {command.name} is cut off"
        ctx.warn(
            "lorawan.mac.truncated", what, layer=LAYER, field=command.name, view=cur.view, start=start, end=cur.pos
        )
    else:
        kind = "proprietary" if cid >= _PROPRIETARY else "unknown"
        what = f"{kind} command {cid:02X}: its length is unknown, the rest stays raw"
        ctx.warn("lorawan.mac.unknown", what, layer=LAYER, field="cid", view=cur.view, start=start, end=cur.pos)
    cur.note(what)
    return MacCommand(cid, "unknown", {}, raw)


def _read_fields(command: Command, body: bytes) -> dict[str, FieldValue]:
    number = int.from_bytes(body, "little")
    return {bits.name: _read_bits(bits, number, body) for bits in command.fields}


def _read_bits(bits: Bits, number: int, body: bytes) -> FieldValue:
    raw = number >> bits.low & (1 << bits.width) - 1
    match bits.kind:
        case "flag":
            return bool(raw)
        case "int":
            return raw - (1 << bits.width) if raw >> bits.width - 1 else raw
        case "hz":
            return raw * (200 if raw >= _GHZ_2_4 else 100)
        case "address":
            return f"{raw:0{bits.width // 4}X}"
        case "bytes":
            return body[bits.low // 8 : (bits.low + bits.width) // 8 if bits.width else None].hex().upper()
        case "seconds":
            return EXACT.add(Decimal(raw & 0xFFFFFFFF), EXACT.multiply(Decimal(raw >> 32), _TICK))
        case "less":
            return raw - bits.offset
        case "minus":
            return -raw - bits.offset
        case _:
            return raw


_TICK: Final = Decimal("0.00390625")  # 1/256 s


def build_mac_command(name: str, **values: FieldValue) -> bytes:
    """Return a command's bytes, CID first. Fields that are not given are 0.

    Raises EncodeError `lorawan.mac.name`, `lorawan.mac.value`.
    """
    command = _BY_NAME.get(name)
    if command is None:
        raise EncodeError("lorawan.mac.name", f"no MAC command {name!r}", layer=LAYER)
    strange = values.keys() - {bits.name for bits in command.fields}
    if strange:
        raise EncodeError("lorawan.mac.name", f"{name} has no field {min(strange)!r}", layer=LAYER)
    size = command.size
    if name == "FilterListReq":
        eui = str(values.get("filter_list_eui", ""))
        size += len(eui) // 2
        values.setdefault("filter_list_len", len(eui) // 2)
    number = 0
    for bits in command.fields:
        number |= _build_bits(bits, values.get(bits.name), name, size) << bits.low
    return bytes((command.cid,)) + number.to_bytes(size, "little")


def _build_bits(bits: Bits, value: FieldValue | None, name: str, size: int) -> int:
    if value is None:
        return 0
    width = bits.width or size * 8 - bits.low
    try:
        raw = _raw_bits(bits, value)
    except (ValueError, ArithmeticError, TypeError):
        raw = -1
    if not 0 <= raw < 1 << width:
        raise EncodeError("lorawan.mac.value", f"{name}: {bits.name} = {value} cannot be written", layer=LAYER)
    return raw


def _raw_bits(bits: Bits, value: FieldValue) -> int:
    match bits.kind:
        case "int":
            number = int(value)
            least, most = -(1 << bits.width - 1), (1 << bits.width - 1) - 1
            return number & (1 << bits.width) - 1 if least <= number <= most else -1
        case "hz":
            step = 200 if int(value) >= _GHZ_2_4 * 200 else 100
            return -1 if int(value) % step else int(value) // step
        case "address":
            return int(str(value), 16)
        case "bytes":
            return int.from_bytes(bytes.fromhex(str(value)), "little")
        case "seconds":
            ticks = EXACT.multiply(Decimal(value), Decimal(256))
            return -1 if ticks != int(ticks) else int(ticks) >> 8 | (int(ticks) & 0xFF) << 32
        case "less":
            return int(value) + bits.offset
        case "minus":
            return -int(value) - bits.offset
        case _:
            return int(value)


def _shown(value: FieldValue) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


def summary(commands: tuple[MacCommand, ...]) -> str:
    """Return the commands' names with their fields for people."""
    return "; ".join(
        command.name + (f" ({_fields_text(command.fields)})" if command.fields else "") for command in commands
    )


def _fields_text(fields: Mapping[str, FieldValue]) -> str:
    return ", ".join(f"{name} {_shown(value)}" for name, value in fields.items())
