"""Tags of the xDLMS and ACSE APDUs. Source: IEC 62056-5-3, XDLMS-APDU; Green Book, 9.5."""

from __future__ import annotations

from typing import Final, NamedTuple


class Tag(NamedTuple):
    """An APDU: its plain tag, and the tags of its globally and dedicatedly ciphered forms (None: has none).

    `sender` is `client`, `server`, or None where both send it.
    """

    plain: int
    name: str
    glo: int | None = None
    ded: int | None = None
    sender: str | None = None


INITIATE_REQUEST: Final = 0x01
READ_REQUEST: Final = 0x05
WRITE_REQUEST: Final = 0x06
INITIATE_RESPONSE: Final = 0x08
READ_RESPONSE: Final = 0x0C
WRITE_RESPONSE: Final = 0x0D
CONFIRMED_SERVICE_ERROR: Final = 0x0E
DATA_NOTIFICATION: Final = 0x0F
UNCONFIRMED_WRITE: Final = 0x16
INFORMATION_REPORT: Final = 0x18
AARQ: Final = 0x60
AARE: Final = 0x61
RLRQ: Final = 0x62
RLRE: Final = 0x63
GET_REQUEST: Final = 0xC0
SET_REQUEST: Final = 0xC1
EVENT_NOTIFICATION: Final = 0xC2
ACTION_REQUEST: Final = 0xC3
GET_RESPONSE: Final = 0xC4
SET_RESPONSE: Final = 0xC5
ACTION_RESPONSE: Final = 0xC7
EXCEPTION_RESPONSE: Final = 0xD8
ACCESS_REQUEST: Final = 0xD9
ACCESS_RESPONSE: Final = 0xDA
GENERAL_GLO: Final = 0xDB
GENERAL_DED: Final = 0xDC
GENERAL_CIPHERING: Final = 0xDD
GENERAL_SIGNING: Final = 0xDF
GENERAL_BLOCK_TRANSFER: Final = 0xE0

_ROWS: Final = (
    Tag(INITIATE_REQUEST, "InitiateRequest", 0x21, 0x41, "client"),
    Tag(READ_REQUEST, "ReadRequest", 0x25, 0x45, "client"),
    Tag(WRITE_REQUEST, "WriteRequest", 0x26, 0x46, "client"),
    Tag(INITIATE_RESPONSE, "InitiateResponse", 0x28, 0x48, "server"),
    Tag(READ_RESPONSE, "ReadResponse", 0x2C, 0x4C, "server"),
    Tag(WRITE_RESPONSE, "WriteResponse", 0x2D, 0x4D, "server"),
    Tag(CONFIRMED_SERVICE_ERROR, "ConfirmedServiceError", 0x2E, 0x4E, "server"),
    Tag(DATA_NOTIFICATION, "DataNotification", None, None, "server"),
    Tag(UNCONFIRMED_WRITE, "UnconfirmedWriteRequest", 0x36, 0x56, "client"),
    Tag(INFORMATION_REPORT, "InformationReportRequest", 0x38, 0x58, "server"),
    Tag(AARQ, "AARQ", None, None, "client"),
    Tag(AARE, "AARE", None, None, "server"),
    Tag(RLRQ, "RLRQ", None, None, "client"),
    Tag(RLRE, "RLRE", None, None, "server"),
    Tag(GET_REQUEST, "GetRequest", 0xC8, 0xD0, "client"),
    Tag(SET_REQUEST, "SetRequest", 0xC9, 0xD1, "client"),
    Tag(EVENT_NOTIFICATION, "EventNotificationRequest", 0xCA, 0xD2, "server"),
    Tag(ACTION_REQUEST, "ActionRequest", 0xCB, 0xD3, "client"),
    Tag(GET_RESPONSE, "GetResponse", 0xCC, 0xD4, "server"),
    Tag(SET_RESPONSE, "SetResponse", 0xCD, 0xD5, "server"),
    Tag(ACTION_RESPONSE, "ActionResponse", 0xCF, 0xD7, "server"),
    Tag(EXCEPTION_RESPONSE, "ExceptionResponse", None, None, "server"),
    Tag(ACCESS_REQUEST, "AccessRequest", None, None, "client"),
    Tag(ACCESS_RESPONSE, "AccessResponse", None, None, "server"),
    Tag(GENERAL_GLO, "GeneralGloCiphering"),
    Tag(GENERAL_DED, "GeneralDedCiphering"),
    Tag(GENERAL_CIPHERING, "GeneralCiphering"),
    Tag(GENERAL_SIGNING, "GeneralSigning"),
    Tag(GENERAL_BLOCK_TRANSFER, "GeneralBlockTransfer"),
)

PLAIN: Final[dict[int, Tag]] = {row.plain: row for row in _ROWS}
GLO: Final[dict[int, Tag]] = {row.glo: row for row in _ROWS if row.glo is not None}
DED: Final[dict[int, Tag]] = {row.ded: row for row in _ROWS if row.ded is not None}
TAGS: Final = frozenset(PLAIN) | frozenset(GLO) | frozenset(DED)


def tag_name(tag: int) -> str:
    """Return the name of an APDU by its tag; ciphered forms have a prefix."""
    if tag in PLAIN:
        return PLAIN[tag].name
    if tag in GLO:
        return f"glo-{GLO[tag].name}"
    return f"ded-{DED[tag].name}" if tag in DED else f"unknown APDU {tag:02X}"


def tag_sender(tag: int) -> str | None:
    """Return who sends an APDU: `client`, `server`, or None where the tag alone does not say."""
    row = PLAIN.get(tag) or GLO.get(tag) or DED.get(tag)
    return row.sender if row else None
