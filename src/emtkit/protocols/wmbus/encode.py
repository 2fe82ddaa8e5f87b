"""Building wireless M-Bus telegrams, for simulators, examples and round-trip tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emtkit.model.meter_id import MeterId, address_bytes
from emtkit.protocols.mbus.encode import build_message
from emtkit.protocols.mbus.formats import build_compact_frame
from emtkit.protocols.wmbus.ell import build_ell
from emtkit.protocols.wmbus.link import build_frame

if TYPE_CHECKING:
    from emtkit.model.key import Key

SND_NR = 0x44


def build_telegram(
    meter: MeterId,
    records: bytes,
    *,
    security: int = 0,
    key: Key | None = None,
    counter: int = 0,
    access_no: int = 0,
    status: int = 0,
    adapter: MeterId | None = None,
    frame_format: str = "A",
) -> bytes:
    """Return an SND-NR telegram with EN 13757-3 records.

    Args:
        meter: the meter
        records: the data records
        security: 0, 5 or 7 (see `build_message`)
        key: the meter's key, for 5 and 7
        counter: message counter, for 7
        access_no: access number
        status: status byte
        adapter: the radio module that sends for the meter; the meter's address then stands in a long header
        frame_format: `A`, `B`, or `-` for a frame without link CRCs
    """
    message = build_message(
        meter, records, long_header=adapter is not None, security=security, key=key, counter=counter,
        access_no=access_no, status=status,
    )  # fmt: skip
    return build_frame(SND_NR, address_bytes(adapter or meter), message, frame_format)


def build_ell_telegram(
    meter: MeterId,
    records: bytes,
    *,
    compact: bool = False,
    key: Key | None = None,
    session: int = 0,
    access_no: int = 0,
    control: int = 0x20,
    frame_format: str = "B",
) -> bytes:
    """Return an SND-NR telegram with an extended link layer II around a frame without transport header.

    Args:
        meter: the meter
        records: the data records (no fillers)
        compact: send CI 79 (signature, CRC, data) instead of CI 78 (full records)
        key: AES-CTR encrypts when given
        session: session number: minutes in bits 28-4, session in bits 3-0
        access_no: access number
        control: communication control byte
        frame_format: `A`, `B` or `-`
    """
    payload = b"\x79" + build_compact_frame(records) if compact else b"\x78" + records
    address = address_bytes(meter)
    body = build_ell(address, control, access_no, payload, session=session, key=None if key is None else key.value)
    return build_frame(SND_NR, address, body, frame_format)
