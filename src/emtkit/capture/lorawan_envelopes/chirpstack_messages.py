"""The Protobuf messages of ChirpStack v4: which field is what, and which message a topic has.

Source: chirpstack/chirpstack, api/proto: integration/integration.proto, gw/gw.proto, common/common.proto. Fields that
tell nothing about a device, a gateway or a frame are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emtkit.capture.lorawan_envelopes.protobuf import WELL_KNOWN, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE_RATES: Final = (
    "CR_UNDEFINED", "CR_4_5", "CR_4_6", "CR_4_7", "CR_4_8", "CR_3_8", "CR_2_6", "CR_1_4", "CR_1_6", "CR_5_6",
    "CR_LI_4_5", "CR_LI_4_6", "CR_LI_4_8",
)  # fmt: skip
_TX_STATUS: Final = (
    "IGNORED", "OK", "TOO_LATE", "TOO_EARLY", "COLLISION_PACKET", "COLLISION_BEACON", "TX_FREQ", "TX_POWER",
    "GPS_UNLOCKED", "QUEUE_FULL", "INTERNAL_ERROR", "DUTY_CYCLE_OVERFLOW",
)  # fmt: skip
_LOG_CODES: Final = (
    "UNKNOWN", "DOWNLINK_PAYLOAD_SIZE", "UPLINK_CODEC", "DOWNLINK_CODEC", "OTAA", "UPLINK_F_CNT_RESET", "UPLINK_MIC",
    "UPLINK_F_CNT_RETRANSMISSION", "DOWNLINK_GATEWAY",
)  # fmt: skip
_TEXTS: Final = ("text_entry",)

# integration.proto: every event begins so (LogEvent without the first)
_EVENT: Final = {
    1: Field("deduplicationId", "string"), 2: Field("time", "timestamp"), 3: Field("deviceInfo", "DeviceInfo"),
}  # fmt: skip

MESSAGES: Final[Mapping[str, Mapping[int, Field]]] = {
    **WELL_KNOWN,
    # ---- integration.proto ----
    "DeviceInfo": {
        1: Field("tenantId", "string"), 2: Field("tenantName", "string"), 3: Field("applicationId", "string"),
        4: Field("applicationName", "string"), 5: Field("deviceProfileId", "string"),
        6: Field("deviceProfileName", "string"), 7: Field("deviceName", "string"), 8: Field("devEui", "string"),
        9: Field("tags", "map", names=_TEXTS),
    },
    "UplinkEvent": {
        **_EVENT, 4: Field("devAddr", "string"), 5: Field("adr", "bool"), 6: Field("dr", "uint"),
        7: Field("fCnt", "uint"), 8: Field("fPort", "uint"), 9: Field("confirmed", "bool"), 10: Field("data", "bytes"),
        11: Field("object", "struct"), 12: Field("rxInfo", "UplinkRxInfo", many=True),
        13: Field("txInfo", "UplinkTxInfo"),
    },
    "JoinEvent": {**_EVENT, 4: Field("devAddr", "string")},
    "AckEvent": {
        **_EVENT, 4: Field("queueItemId", "string"), 5: Field("acknowledged", "bool"), 6: Field("fCntDown", "uint"),
    },
    "TxAckEvent": {
        1: Field("downlinkId", "uint"), 2: Field("time", "timestamp"), 3: Field("deviceInfo", "DeviceInfo"),
        4: Field("queueItemId", "string"), 5: Field("fCntDown", "uint"), 6: Field("gatewayId", "string"),
        7: Field("txInfo", "DownlinkTxInfo"),
    },
    "LogEvent": {
        1: Field("time", "timestamp"), 2: Field("deviceInfo", "DeviceInfo"),
        3: Field("level", "enum", names=("INFO", "WARNING", "ERROR")), 4: Field("code", "enum", names=_LOG_CODES),
        5: Field("description", "string"), 6: Field("context", "map", names=_TEXTS),
    },
    "StatusEvent": {
        **_EVENT, 5: Field("margin", "int"), 6: Field("externalPowerSource", "bool"),
        7: Field("batteryLevelUnavailable", "bool"), 8: Field("batteryLevel", "float"),
    },
    "LocationEvent": {**_EVENT, 4: Field("location", "Location")},
    "IntegrationEvent": {
        **_EVENT, 4: Field("integrationName", "string"), 5: Field("eventType", "string"), 6: Field("object", "struct"),
    },
    # ---- gw.proto ----
    "Event": {1: Field("uplinkFrame", "UplinkFrame"), 2: Field("gatewayStats", "GatewayStats")},
    "UplinkFrame": {
        1: Field("phyPayload", "bytes"), 2: Field("txInfoLegacy", "UplinkTxInfoLegacy"),
        3: Field("rxInfoLegacy", "UplinkRxInfoLegacy"), 4: Field("txInfo", "UplinkTxInfo"),
        5: Field("rxInfo", "UplinkRxInfo"),
    },
    "UplinkTxInfo": {1: Field("frequency", "uint"), 2: Field("modulation", "Modulation")},
    "UplinkTxInfoLegacy": {1: Field("frequency", "uint"), 3: Field("loRaModulationInfo", "LoraModulationInfo")},
    "Modulation": {
        3: Field("lora", "LoraModulationInfo"), 4: Field("fsk", "FskModulationInfo"),
        5: Field("lrFhss", "LrFhssModulationInfo"),
    },
    "LoraModulationInfo": {
        1: Field("bandwidth", "uint"), 2: Field("spreadingFactor", "uint"), 3: Field("codeRateLegacy", "string"),
        4: Field("polarizationInversion", "bool"), 5: Field("codeRate", "enum", names=_CODE_RATES),
        6: Field("preamble", "uint"), 7: Field("noCrc", "bool"),
    },
    "FskModulationInfo": {1: Field("frequencyDeviation", "uint"), 2: Field("datarate", "uint")},
    "LrFhssModulationInfo": {
        1: Field("operatingChannelWidth", "uint"), 2: Field("codeRateLegacy", "string"), 3: Field("gridSteps", "uint"),
        4: Field("codeRate", "enum", names=_CODE_RATES),
    },
    "UplinkRxInfo": {
        1: Field("gatewayId", "string"), 2: Field("uplinkId", "uint"), 3: Field("gwTime", "timestamp"),
        4: Field("timeSinceGpsEpoch", "duration"), 5: Field("fineTimeSinceGpsEpoch", "duration"),
        6: Field("rssi", "int"), 7: Field("snr", "float"), 8: Field("channel", "uint"), 9: Field("rfChain", "uint"),
        10: Field("board", "uint"), 11: Field("antenna", "uint"), 12: Field("location", "Location"),
        13: Field("context", "bytes"), 15: Field("metadata", "map", names=_TEXTS),
        16: Field("crcStatus", "enum", names=("NO_CRC", "BAD_CRC", "CRC_OK")), 17: Field("nsTime", "timestamp"),
    },
    "UplinkRxInfoLegacy": {
        1: Field("gatewayId", "bytes"), 2: Field("time", "timestamp"), 5: Field("rssi", "int"),
        6: Field("loRaSNR", "double"), 7: Field("channel", "uint"),
    },
    "DownlinkFrame": {
        3: Field("downlinkId", "uint"), 5: Field("items", "DownlinkFrameItem", many=True),
        6: Field("gatewayIdLegacy", "bytes"), 7: Field("gatewayId", "string"),
    },
    "DownlinkFrameItem": {1: Field("phyPayload", "bytes"), 3: Field("txInfo", "DownlinkTxInfo")},
    "DownlinkTxInfo": {
        1: Field("frequency", "uint"), 2: Field("power", "int"), 3: Field("modulation", "Modulation"),
        4: Field("board", "uint"), 5: Field("antenna", "uint"), 7: Field("context", "bytes"),
    },
    "DownlinkTxAck": {
        2: Field("downlinkId", "uint"), 5: Field("items", "DownlinkTxAckItem", many=True),
        6: Field("gatewayId", "string"),
    },
    "DownlinkTxAckItem": {1: Field("status", "enum", names=_TX_STATUS)},
    "GatewayStats": {
        2: Field("time", "timestamp"), 3: Field("location", "Location"), 4: Field("configVersion", "string"),
        5: Field("rxPacketsReceived", "uint"), 6: Field("rxPacketsReceivedOk", "uint"),
        7: Field("txPacketsReceived", "uint"), 8: Field("txPacketsEmitted", "uint"),
        10: Field("metadata", "map", names=_TEXTS), 12: Field("txPacketsPerFrequency", "map", names=("number_entry",)),
        13: Field("rxPacketsPerFrequency", "map", names=("number_entry",)),
        16: Field("txPacketsPerStatus", "map", names=("count_entry",)), 17: Field("gatewayId", "string"),
    },
    "GatewayConfiguration": {
        2: Field("version", "string"), 3: Field("channels", "ChannelConfiguration", many=True),
        4: Field("statsInterval", "duration"), 5: Field("gatewayId", "string"),
    },
    "ChannelConfiguration": {1: Field("frequency", "uint"), 5: Field("board", "uint"), 6: Field("demodulator", "uint")},
    "GatewayCommandExecRequest": {
        2: Field("command", "string"), 6: Field("gatewayId", "string"), 7: Field("execId", "uint"),
    },
    "GatewayCommandExecResponse": {
        3: Field("stdout", "bytes"), 4: Field("stderr", "bytes"), 5: Field("error", "string"),
        6: Field("gatewayId", "string"), 7: Field("execId", "uint"),
    },
    "RawPacketForwarderEvent": {3: Field("payload", "bytes"), 4: Field("gatewayId", "string")},
    "ConnState": {2: Field("state", "enum", names=("OFFLINE", "ONLINE")), 3: Field("gatewayId", "string")},
    # ---- common.proto ----
    "Location": {
        1: Field("latitude", "double"), 2: Field("longitude", "double"), 3: Field("altitude", "double"),
        5: Field("accuracy", "float"),
    },
}  # fmt: skip

_TOPIC: Final = re.compile(r"(?:^|/)(device|gateway)/[^/]+/(event|command|state)/([a-z]+)$")
# (whose, plane, name of the topic) -> message
_BY_TOPIC: Final = {
    ("device", "event", "up"): "UplinkEvent", ("device", "event", "join"): "JoinEvent",
    ("device", "event", "ack"): "AckEvent", ("device", "event", "txack"): "TxAckEvent",
    ("device", "event", "log"): "LogEvent", ("device", "event", "status"): "StatusEvent",
    ("device", "event", "location"): "LocationEvent", ("device", "event", "integration"): "IntegrationEvent",
    ("gateway", "event", "up"): "UplinkFrame", ("gateway", "event", "stats"): "GatewayStats",
    ("gateway", "event", "ack"): "DownlinkTxAck", ("gateway", "event", "exec"): "GatewayCommandExecResponse",
    ("gateway", "event", "raw"): "RawPacketForwarderEvent", ("gateway", "command", "down"): "DownlinkFrame",
    ("gateway", "command", "config"): "GatewayConfiguration",
    ("gateway", "command", "exec"): "GatewayCommandExecRequest",
    ("gateway", "command", "raw"): "RawPacketForwarderEvent", ("gateway", "state", "conn"): "ConnState",
}  # fmt: skip


def message_of(topic: str) -> str | None:
    """Return which message the topic of a broker has, None if it is none of ChirpStack's."""
    found = _TOPIC.search(topic)
    if found is None:
        return None
    return _BY_TOPIC.get((found[1], found[2], found[3]))
