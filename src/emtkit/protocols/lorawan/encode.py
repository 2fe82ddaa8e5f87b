"""Building LoRaWAN frames: what a device or a server would send (simulators, tests, examples)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import EncodeError
from emtkit.protocols.lorawan.phy import (
    DATA_TYPES,
    FHDR,
    JOIN_ACCEPT,
    JOIN_ACCEPT_FIELDS,
    JOIN_REQUEST,
    JOIN_REQUEST_FIELDS,
    LARGEST,
    LAYER,
    M_TYPES,
    PROPRIETARY,
    REJOIN,
    REJOIN_0_FIELDS,
    REJOIN_1_FIELDS,
    UPLINK_TYPES,
)
from emtkit.protocols.lorawan.security import (
    DOWN,
    JOIN,
    UP,
    Counted,
    accept_mic_1_1,
    crypt_fopts,
    crypt_payload,
    data_mic,
    ecb_decrypt,
    join_mic,
    uplink_mic_1_1,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.protocols.lorawan.phy import JoinAccept, JoinRequest
    from emtkit.protocols.lorawan.security import SessionKeys


class Sent(NamedTuple):
    """What the MIC of 1.1 covers besides the frame.

    conf_fcnt      counter of the frame that an ACK acknowledges
    tx_dr, tx_ch   data rate and channel of an uplink's transmission
    """

    conf_fcnt: int = 0
    tx_dr: int = 0
    tx_ch: int = 0


NOT_TOLD: Final = Sent()


def build_data_frame(
    keys: SessionKeys,
    dev_addr: int,
    fcnt: int,
    *,
    m_type: int = 2,
    f_port: int | None = None,
    payload: bytes = b"",
    f_opts: bytes = b"",
    flags: int = 0,
    sent: Sent = NOT_TOLD,
) -> bytes:
    """Return a data frame, encrypted and with its MIC.

    Args:
        keys: the session's keys; whether it is 1.1 follows from them
        dev_addr: device address
        fcnt: the frame counter, 32 bits
        m_type: 2 or 4 up, 3 or 5 down (4, 5: confirmed)
        f_port: None for a frame without port and payload
        payload: the FRMPayload in clear
        f_opts: MAC commands in clear, up to 15 bytes
        flags: upper half of FCtrl (80 ADR, 40 ADRACKReq, 20 ACK, 10 ClassB or FPending)
        sent: what the MIC of 1.1 covers besides

    Raises:
        EncodeError: `lorawan.encode.frame`
    """
    _check_frame(keys, m_type, f_port, payload, f_opts)
    counted = Counted(UP if m_type in UPLINK_TYPES else DOWN, dev_addr, fcnt)
    separate = keys.is_1_1 or keys.nwksenc != keys.snwksint
    if f_opts and separate:
        in_application = counted.direction == DOWN and bool(f_port)
        f_opts = crypt_fopts(keys.nwksenc, counted, f_opts, application_counter=in_application)
    message = bytes((m_type << 5,)) + FHDR.build(
        dev_addr=dev_addr, f_ctrl=flags & 0xF0 | len(f_opts), f_cnt=fcnt & 0xFFFF
    )
    message += f_opts
    if f_port is not None:
        key = keys.apps if f_port else keys.nwksenc
        message += bytes((f_port,)) + (crypt_payload(key, counted, payload) if key is not None else b"")
    acknowledged = sent.conf_fcnt & 0xFFFF if flags & 0x20 else 0
    if keys.is_1_1 and counted.direction == UP:
        return message + uplink_mic_1_1(keys, counted, message, acknowledged, sent.tx_dr, sent.tx_ch)
    return message + data_mic(keys.snwksint, counted, message, acknowledged)


def _check_frame(keys: SessionKeys, m_type: int, f_port: int | None, payload: bytes, f_opts: bytes) -> None:
    wrong = None
    if m_type not in DATA_TYPES:
        wrong = f"{M_TYPES[m_type & 7]} is no data frame"
    elif payload and f_port is None:
        wrong = "a payload needs a port"
    elif f_opts and f_port == 0:
        wrong = "with MAC commands on port 0 there is no FOpts"
    elif len(f_opts) > 15:
        wrong = "FOpts has at most 15 bytes"
    elif payload and f_port and keys.apps is None:
        wrong = "the payload needs an AppSKey"
    elif 13 + len(f_opts) + len(payload) > LARGEST or (f_port or 0) > 255:
        wrong = "too long, or no such port"
    if wrong is not None:
        raise EncodeError("lorawan.encode.frame", wrong, layer=LAYER)


def build_join_request(root_key: bytes, join_eui: int, dev_eui: int, dev_nonce: int) -> bytes:
    """Return a join request; `root_key` is AppKey (1.0.x) or NwkKey (1.1)."""
    message = bytes((JOIN_REQUEST << 5,))
    message += JOIN_REQUEST_FIELDS.build(join_eui=join_eui, dev_eui=dev_eui, dev_nonce=dev_nonce)
    return message + join_mic(root_key, message)


def build_rejoin_request(
    key: bytes, rejoin_type: int, dev_eui: int, rj_count: int, *, net_id: int = 0, join_eui: int = 0
) -> bytes:
    """Return a rejoin request; `key` is SNwkSIntKey (types 0 and 2) or JSIntKey (type 1)."""
    if rejoin_type not in {0, 1, 2}:
        raise EncodeError("lorawan.encode.frame", f"no rejoin request of type {rejoin_type}", layer=LAYER)
    message = bytes((REJOIN << 5,))
    if rejoin_type == 1:
        message += REJOIN_1_FIELDS.build(rejoin_type=1, join_eui=join_eui, dev_eui=dev_eui, rj_count=rj_count)
    else:
        message += REJOIN_0_FIELDS.build(
            rejoin_type=rejoin_type, net_id=net_id.to_bytes(3, "little"), dev_eui=dev_eui, rj_count=rj_count
        )
    return message + join_mic(key, message)


def build_join_accept(
    root_key: bytes,
    accept: JoinAccept,
    *,
    block_key: bytes | None = None,
    jsint: bytes | None = None,
    request_type: int = JOIN,
    request: JoinRequest | None = None,
) -> bytes:
    """Return a join accept, encrypted. Its MIC is made here; `accept.mic` is not looked at.

    Args:
        root_key: AppKey (1.0.x) or NwkKey (1.1)
        accept: the fields; with OptNeg `jsint` and `request` are needed
        block_key: JSEncKey, when a rejoin request is answered
        jsint: JSIntKey
        request_type: what is answered: FF a join request, else the rejoin type
        request: the request that is answered (its JoinEUI and DevNonce, or RJcount)
    """
    if len(accept.cf_list) not in {0, 16} or (accept.opt_neg and (jsint is None or request is None)):
        raise EncodeError(
            "lorawan.encode.frame", "a CFList has 16 bytes; OptNeg needs JSIntKey and request", layer=LAYER
        )
    message = bytes((JOIN_ACCEPT << 5,)) + JOIN_ACCEPT_FIELDS.build(
        join_nonce=accept.join_nonce.to_bytes(3, "little"), net_id=accept.net_id.to_bytes(3, "little"),
        dev_addr=accept.dev_addr, dl_settings=accept.dl_settings, rx_delay=accept.rx_delay,
    ) + accept.cf_list  # fmt: skip
    if jsint is not None and request is not None and accept.opt_neg:
        mic = accept_mic_1_1(jsint, request_type, request.join_eui, request.dev_nonce, message)
    else:
        mic = join_mic(root_key, message)
    return message[:1] + ecb_decrypt(block_key or root_key, message[1:] + mic)


def build_cf_list(frequencies: Iterable[int]) -> bytes:
    """Return a CFList of up to five channel frequencies in Hz."""
    steps = [hertz // 100 for hertz in frequencies]
    if len(steps) > 5 or not all(0 <= step < 1 << 24 for step in steps):
        raise EncodeError("lorawan.encode.frame", "a CFList has up to five frequencies below 1.68 GHz", layer=LAYER)
    return b"".join(step.to_bytes(3, "little") for step in steps).ljust(16, b"\x00")


def build_proprietary(payload: bytes) -> bytes:
    """Return a proprietary message."""
    return bytes((PROPRIETARY << 5,)) + payload
