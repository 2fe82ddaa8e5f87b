"""The table of network servers: by what a message is recognised, and where its parts stand.

Paths are dotted; several are tried in order. A server that is not here is one row more. Sources: the servers' own
documentation of their messages.
"""

from __future__ import annotations

from typing import Final, NamedTuple

Paths = tuple[str, ...]


class Server(NamedTuple):
    """A server's form of message.

    marks        a message has all paths of one of these groups
    kinds        what kind of message it is: the first path that is there decides; none: `otherwise`
    hex_payload  where the payload stands in hex, `base64_payload` in base64, `encrypted` still encrypted, in hex
    zeros_omitted  the server leaves out fields that are 0 (protobuf)
    """

    name: str
    marks: tuple[Paths, ...]
    kinds: tuple[tuple[str, str], ...] = ()
    otherwise: str = "up"
    dev_eui: Paths = ()
    dev_addr: Paths = ()
    join_eui: Paths = ()
    f_port: Paths = ()
    f_cnt: Paths = ()
    hex_payload: Paths = ()
    base64_payload: Paths = ()
    encrypted: Paths = ()
    time: Paths = ()
    device: Paths = ()
    profile: Paths = ()
    application: Paths = ()
    confirmed: Paths = ()
    frequency: Paths = ()
    data_rate: Paths = ()
    spreading: Paths = ()
    bandwidth: Paths = ()
    gateways: Paths = ()
    decoded: Paths = ()
    zeros_omitted: bool = False


# Fields of one gateway's report, whatever the server
GATEWAY_ID: Final = (
    "gateway_ids.eui", "gateway_ids.gateway_id", "gatewayId", "gatewayID", "gweui", "gwEui", "GatewayEui", "Lrrid",
    "gatewayIdentifier", "gtw_id", "name",
)  # fmt: skip
GATEWAY_RSSI: Final = ("rssi", "Rssi", "LrrRSSI")
GATEWAY_SNR: Final = ("snr", "Snr", "loRaSNR", "LrrSNR", "lsnr")

SERVERS: Final = (
    Server(
        "ttn-v3",
        marks=(("end_device_ids",),),
        kinds=(
            ("uplink_message", "up"), ("join_accept", "join"), ("downlink_ack", "ack"), ("downlink_nack", "nack"),
            ("downlink_sent", "txack"), ("downlink_failed", "error"), ("downlink_queued", "queued"),
            ("location_solved", "location"), ("service_data", "service"),
        ),
        otherwise="event",
        dev_eui=("end_device_ids.dev_eui", "end_device_ids.device_id"),
        dev_addr=("end_device_ids.dev_addr",),
        join_eui=("end_device_ids.join_eui",),
        f_port=("uplink_message.f_port",),
        f_cnt=("uplink_message.f_cnt",),
        base64_payload=("uplink_message.frm_payload",),
        # not rx_metadata.time: gateways' clocks are minutes off
        time=("uplink_message.received_at", "received_at"),
        device=("end_device_ids.device_id",),
        profile=("uplink_message.version_ids.model_id",),
        application=("end_device_ids.application_ids.application_id",),
        confirmed=("uplink_message.confirmed",),
        frequency=("uplink_message.settings.frequency",),
        spreading=("uplink_message.settings.data_rate.lora.spreading_factor",),
        bandwidth=("uplink_message.settings.data_rate.lora.bandwidth",),
        gateways=("uplink_message.rx_metadata",),
        decoded=("uplink_message.decoded_payload",),
        zeros_omitted=True,
    ),
    Server(
        "ttn-v2",
        marks=(("hardware_serial", "payload_raw"), ("dev_id", "payload_raw")),
        dev_eui=("hardware_serial", "dev_id"),
        f_port=("port",),
        f_cnt=("counter",),
        base64_payload=("payload_raw",),
        time=("metadata.time",),
        device=("dev_id",),
        application=("app_id",),
        confirmed=("confirmed",),
        frequency=("metadata.frequency",),
        data_rate=("metadata.data_rate",),
        gateways=("metadata.gateways",),
        decoded=("payload_fields",),
        zeros_omitted=True,
    ),
    Server(
        "chirpstack-v4",
        marks=(("deviceInfo",),),
        kinds=(
            ("data", "up"), ("dr", "up"), ("level", "log"), ("margin", "status"), ("batteryLevel", "status"),
            ("acknowledged", "ack"), ("gatewayId", "txack"), ("downlinkId", "txack"), ("queueItemId", "ack"),
            ("location", "location"), ("integrationName", "integration"), ("devAddr", "join"),
        ),
        otherwise="event",
        dev_eui=("deviceInfo.devEui",),
        dev_addr=("devAddr",),
        join_eui=("joinEui",),
        f_port=("fPort",),
        f_cnt=("fCnt",),
        base64_payload=("data",),
        time=("time",),
        device=("deviceInfo.deviceName",),
        profile=("deviceInfo.deviceProfileName",),
        application=("deviceInfo.applicationName",),
        confirmed=("confirmed",),
        frequency=("txInfo.frequency",),
        spreading=("txInfo.modulation.lora.spreadingFactor",),
        bandwidth=("txInfo.modulation.lora.bandwidth",),
        gateways=("rxInfo",),
        decoded=("object",),
        zeros_omitted=True,
    ),
    Server(
        "actility",
        marks=(("DevEUI_uplink",),),
        dev_eui=("DevEUI_uplink.DevEUI",),
        dev_addr=("DevEUI_uplink.DevAddr",),
        f_port=("DevEUI_uplink.FPort",),
        f_cnt=("DevEUI_uplink.FCntUp",),
        hex_payload=("DevEUI_uplink.payload_hex",),
        time=("DevEUI_uplink.Time",),
        device=("DevEUI_uplink.CustomerData.name",),
        profile=("DevEUI_uplink.DriverCfg.mod.mId", "DevEUI_uplink.CustomerData.alr.pro"),
        frequency=("DevEUI_uplink.Frequency",),
        spreading=("DevEUI_uplink.SpFact",),
        gateways=("DevEUI_uplink.Lrrs.Lrr",),
        decoded=("DevEUI_uplink.payload",),
    ),
    Server(
        "actility",
        marks=(
            ("DevEUI_downlink_Sent",), ("DevEUI_location",), ("DevEUI_notification",), ("DevEUI_multicast_summary",),
        ),
        kinds=(
            ("DevEUI_downlink_Sent", "txack"), ("DevEUI_location", "location"),
            ("DevEUI_notification", "notification"),
        ),
        otherwise="event",
        dev_eui=("DevEUI_downlink_Sent.DevEUI", "DevEUI_location.DevEUI", "DevEUI_notification.DevEUI"),
        time=("DevEUI_downlink_Sent.Time", "DevEUI_location.Time", "DevEUI_notification.Time"),
    ),
    Server(
        "loriot",
        marks=(("cmd", "EUI"),),
        kinds=(("encdata", "up"), ("seqdn", "txd"), ("seqq", "txd"), ("data", "up")),
        otherwise="event",
        dev_eui=("EUI",),
        dev_addr=("devaddr", "devAddr"),
        f_port=("port",),
        f_cnt=("fcnt",),
        hex_payload=("data",),
        encrypted=("encdata",),
        time=("ts",),
        frequency=("freq",),
        data_rate=("dr",),
        gateways=("gws", ""),
    ),
    Server(
        "netmore",
        marks=(("devEui", "sensorType"), ("devEUI", "sensorType")),
        dev_eui=("devEui", "devEUI"),
        f_port=("fPort", "payload.fPort"),
        f_cnt=("fCntUp", "fCnt"),
        hex_payload=("payload", "Payload"),
        base64_payload=("data", "payload.data"),
        time=("timestamp",),
        device=("deviceName",),
        profile=("sensorType",),
        frequency=("freq", "txInfo.frequency", "tx.frequency"),
        spreading=("spreadingFactor", "tx.spreadingFactor"),
        gateways=("gateways", "rxInfo", "rx", ""),
        decoded=("object",),
    ),
    Server(
        "kerlink-wanesy",
        marks=(("endDevice", "gwInfo"), ("endDevice", "encodingType")),
        dev_eui=("endDevice.devEui",),
        dev_addr=("endDevice.devAddr",),
        f_port=("fPort",),
        f_cnt=("fCntUp",),
        time=("recvTime",),
        confirmed=("confirmed",),
        frequency=("ulFrequency",),
        data_rate=("dataRate",),
        gateways=("gwInfo",),
    ),
    Server(
        "aws-iot-core",
        marks=(("WirelessMetadata.LoRaWAN",),),
        dev_eui=("WirelessMetadata.LoRaWAN.DevEui",),
        dev_addr=("WirelessMetadata.LoRaWAN.DevAddr",),
        f_port=("WirelessMetadata.LoRaWAN.FPort",),
        f_cnt=("WirelessMetadata.LoRaWAN.FCnt",),
        base64_payload=("PayloadData",),
        time=("WirelessMetadata.LoRaWAN.Timestamp",),
        frequency=("WirelessMetadata.LoRaWAN.Frequency",),
        data_rate=("WirelessMetadata.LoRaWAN.DataRate",),
        gateways=("WirelessMetadata.LoRaWAN.Gateways",),
    ),
    Server(
        "helium",
        marks=(("hotspots", "dev_eui"), ("reported_at", "dev_eui")),
        dev_eui=("dev_eui",),
        dev_addr=("devaddr",),
        join_eui=("app_eui",),
        f_port=("port",),
        f_cnt=("fcnt",),
        base64_payload=("payload",),
        time=("reported_at",),
        device=("name",),
        frequency=("hotspots.frequency",),
        data_rate=("hotspots.spreading",),
        gateways=("hotspots",),
        decoded=("decoded.payload",),
    ),
    Server(
        "live-objects",
        marks=(("streamId", "metadata.network.lora"),),
        dev_eui=("metadata.network.lora.devEUI",),
        f_port=("metadata.network.lora.port",),
        f_cnt=("metadata.network.lora.fcnt",),
        hex_payload=("value.payload",),
        time=("timestamp",),
        frequency=("metadata.network.lora.frequency",),
        spreading=("metadata.network.lora.sf",),
        gateways=("metadata.network.lora",),
        decoded=("value",),
    ),
    Server(
        "chirpstack-v3",
        marks=(("devEUI", "applicationID"), ("devEUI", "data"), ("devEUI", "deviceProfileID")),
        kinds=(
            ("data", "up"), ("error", "error"), ("margin", "status"), ("acknowledged", "ack"), ("gatewayID", "txack"),
            ("location", "location"), ("integrationName", "integration"), ("fPort", "up"), ("devAddr", "join"),
            ("object", "up"), ("objectJSON", "up"),
        ),
        otherwise="event",
        dev_eui=("devEUI",),
        dev_addr=("devAddr",),
        f_port=("fPort",),
        f_cnt=("fCnt",),
        base64_payload=("data",),
        time=("rxInfo.time", "publishedAt"),
        device=("deviceName",),
        profile=("deviceProfileName",),
        application=("applicationName",),
        confirmed=("confirmedUplink",),
        frequency=("txInfo.frequency",),
        spreading=("txInfo.loRaModulationInfo.spreadingFactor",),
        bandwidth=("txInfo.loRaModulationInfo.bandwidth",),
        gateways=("rxInfo",),
        decoded=("object", "objectJSON"),
        # the marshaler of v3 writes zeros
    ),
)  # fmt: skip
