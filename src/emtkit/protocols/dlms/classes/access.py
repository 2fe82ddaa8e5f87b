"""Classes of access and communication: 15, 17, 18, 40, 64. Source: Blue Book part 2, 4.4."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.protocols.dlms.axdr import ENUM
from emtkit.protocols.dlms.classes.metering import CAPTURE_OBJECTS
from emtkit.protocols.dlms.classes.shape import (
    ANY,
    BITS,
    BOOL,
    DATE_TIME,
    I8,
    NAME,
    OCTETS,
    U8,
    U16,
    U32,
    array_of,
    cosem_class,
    enumeration,
    number,
    optional,
    structure_of,
)

if TYPE_CHECKING:
    from emtkit.model.obis import Obis
    from emtkit.protocols.dlms.axdr import BitString
    from emtkit.protocols.dlms.classes.shape import Enumerated
    from emtkit.protocols.dlms.cosem_time import CosemTime

ASSOCIATION_LN: Final = 15
SAP_ASSIGNMENT: Final = 17
IMAGE_TRANSFER: Final = 18
PUSH_SETUP: Final = 40
SECURITY_SETUP: Final = 64
REPLY_TO_HLS: Final = 1

ASSOCIATION_STATES: Final[dict[int, str]] = {0: "non-associated", 1: "association pending", 2: "associated"}
IMAGE_STATES: Final[dict[int, str]] = {
    0: "not initiated",
    1: "initiated",
    2: "verification initiated",
    3: "verification successful",
    4: "verification failed",
    5: "activation initiated",
    6: "activation successful",
    7: "activation failed",
}
TRANSPORTS: Final[dict[int, str]] = {
    0: "TCP",
    1: "UDP",
    2: "FTP",
    3: "SMTP",
    4: "SMS",
    5: "HDLC",
    6: "M-Bus",
    7: "ZigBee",
    8: "DLMS gateway",
}
MESSAGES: Final[dict[int, str]] = {0: "A-XDR", 1: "XML"}
SUITES: Final[dict[int, str]] = {
    0: "AES-GCM-128",
    1: "ECDH-ECDSA-AES-GCM-128-SHA-256",
    2: "ECDH-ECDSA-AES-GCM-256-SHA-384",
}
CERTIFICATE_ENTITIES: Final[dict[int, str]] = {0: "server", 1: "client", 2: "certification authority", 3: "other"}
CERTIFICATE_TYPES: Final[dict[int, str]] = {0: "digital signature", 1: "key agreement", 2: "TLS", 3: "other"}


class AttributeAccess(NamedTuple):
    """What a client may do with an attribute. The meaning of `mode` depends on the class version."""

    attribute: int
    mode: int
    selectors: tuple[int, ...] | None


class MethodAccess(NamedTuple):
    """Whether a client may invoke a method."""

    method: int
    mode: int


class AccessRights(NamedTuple):
    """What a client may do with an object."""

    attributes: tuple[AttributeAccess, ...]
    methods: tuple[MethodAccess, ...]


class ObjectListEntry(NamedTuple):
    """One object of a logical device."""

    class_id: int
    version: int
    logical_name: Obis
    rights: AccessRights


class Partners(NamedTuple):
    """Who is associated: client SAP and server SAP."""

    client: int
    server: int


class XdlmsContext(NamedTuple):
    """What was negotiated."""

    conformance: BitString
    max_receive_pdu: int
    max_send_pdu: int
    version: int
    quality_of_service: int
    cyphering_info: bytes


class User(NamedTuple):
    """A user of a client."""

    user_id: int
    name: bytes


class SapEntry(NamedTuple):
    """A logical device and its SAP."""

    sap: int
    logical_device_name: bytes


class ImageInfo(NamedTuple):
    """An image that may be activated."""

    size: int
    identification: bytes
    signature: bytes


class Destination(NamedTuple):
    """Where a push goes, and as what."""

    transport: Enumerated
    destination: bytes
    message: Enumerated


class Window(NamedTuple):
    """When pushing is allowed."""

    start: CosemTime
    end: CosemTime


class CertificateInfo(NamedTuple):
    """A certificate the server holds."""

    entity: Enumerated
    type: Enumerated
    serial: bytes
    issuer: bytes
    subject: bytes
    subject_alt_name: bytes


_ATTRIBUTE_ACCESS: Final = structure_of(AttributeAccess, I8, number(ENUM), optional(array_of(I8)))
_METHOD_ACCESS: Final = structure_of(MethodAccess, I8, number(ENUM))
_RIGHTS: Final = structure_of(AccessRights, array_of(_ATTRIBUTE_ACCESS), array_of(_METHOD_ACCESS))
_USER: Final = structure_of(User, U8, OCTETS)

CLASSES: Final = (
    cosem_class(
        ASSOCIATION_LN,
        "Association LN",
        (
            ("object_list", array_of(structure_of(ObjectListEntry, U16, U8, NAME, _RIGHTS))),
            ("associated_partners_id", structure_of(Partners, I8, U16)),
            ("application_context_name", ANY),
            ("xDLMS_context_info", structure_of(XdlmsContext, BITS, U16, U16, U8, I8, OCTETS)),
            ("authentication_mechanism_name", ANY),
            ("secret", ANY),
            ("association_status", enumeration(ASSOCIATION_STATES)),
            ("security_setup_reference", NAME),
            ("user_list", array_of(_USER)),
            ("current_user", _USER),
        ),
        (
            "reply_to_HLS_authentication",
            "change_HLS_secret",
            "add_object",
            "remove_object",
            "add_user",
            "remove_user",
        ),
    ),
    cosem_class(
        SAP_ASSIGNMENT,
        "SAP assignment",
        (("SAP_assignment_list", array_of(structure_of(SapEntry, U16, OCTETS))),),
        ("connect_logical_device",),
    ),
    cosem_class(
        IMAGE_TRANSFER,
        "Image transfer",
        (
            ("image_block_size", U32),
            ("image_transferred_blocks_status", BITS),
            ("image_first_not_transferred_block_number", U32),
            ("image_transfer_enabled", BOOL),
            ("image_transfer_status", enumeration(IMAGE_STATES)),
            ("image_to_activate_info", array_of(structure_of(ImageInfo, U32, OCTETS, OCTETS))),
        ),
        ("image_transfer_initiate", "image_block_transfer", "image_verify", "image_activate"),
    ),
    cosem_class(
        PUSH_SETUP,
        "Push setup",
        (
            ("push_object_list", CAPTURE_OBJECTS),
            (
                "send_destination_and_method",
                structure_of(Destination, enumeration(TRANSPORTS), OCTETS, enumeration(MESSAGES)),
            ),
            ("communication_window", array_of(structure_of(Window, DATE_TIME, DATE_TIME))),
            ("randomisation_start_interval", U16),
            ("number_of_retries", U8),
            ("repetition_delay", ANY),
            ("port_reference", ANY),
            ("push_client_SAP", ANY),
            ("push_protection_parameters", ANY),
            ("push_operation_method", ANY),
            ("confirmation_parameters", ANY),
            ("last_confirmation_date_time", ANY),
        ),
        ("push", "reset"),
    ),
    cosem_class(
        SECURITY_SETUP,
        "Security setup",
        (
            ("security_policy", number(ENUM)),
            ("security_suite", enumeration(SUITES)),
            ("client_system_title", OCTETS),
            ("server_system_title", OCTETS),
            (
                "certificates",
                array_of(
                    structure_of(
                        CertificateInfo,
                        enumeration(CERTIFICATE_ENTITIES),
                        enumeration(CERTIFICATE_TYPES),
                        OCTETS,
                        OCTETS,
                        OCTETS,
                        OCTETS,
                    )
                ),
            ),
        ),
        (
            "security_activate",
            "key_transfer",
            "key_agreement",
            "generate_key_pair",
            "generate_certificate_request",
            "import_certificate",
            "export_certificate",
            "remove_certificate",
        ),
    ),
)
