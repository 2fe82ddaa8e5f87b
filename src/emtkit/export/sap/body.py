"""What the two XML bodies share: header, names that may be set, and elements written without a library.

Source: SAP's public help on the enterprise services of Utilities AMI, and element names seen in public sources of a
head-end system. The WSDL is not public, so the namespace and every element's name may be set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from emtkit.export.from_capture import SeriesOptions
from emtkit.model.errors import ConfigError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.from_capture import Register

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")
_XML: Final = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*\\Z")

PointField = Literal["konfigurations_id", "marktlokation", "messlokation", "geraetenummer", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyOptions(SeriesOptions):
    """What the body says of itself.

    message_id  ID of the MessageHeader. No default
    created     CreationDateTime of the MessageHeader, with a zone; values after it are refused. No default
    uuid        UUID of the MessageHeader; without it there is none
    namespace   of the root element
    names       other names for elements: `UtilitiesDeviceID=UtiltiesDeviceID,Item=Items`
    id_field    the field of the point that has SAP's id of the register or profile
    """

    message_id: str = ""
    created: datetime | None = None
    uuid: str = ""
    namespace: str = "http://sap.com/xi/SAPGlobal20/Global"
    names: str = ""
    id_field: PointField = "konfigurations_id"


class Body:
    """Writes elements under the names that are wanted."""

    def __init__(self, options: BodyOptions) -> None:
        """Check the options. Raises ConfigError `sap.header`, `sap.names`."""
        if not options.message_id or options.created is None or options.created.utcoffset() is None:
            raise ConfigError("sap.header", "message_id and created (with a time zone) must be given")
        self.created: datetime = options.created
        self._options = options
        self._names: dict[str, str] = {}
        for pair in filter(None, (text.strip() for text in options.names.split(","))):
            name, _, wanted = pair.partition("=")
            if _NAME.match(name) is None or _NAME.match(wanted) is None:
                raise ConfigError("sap.names", f"{pair!r} is not NAME=OTHER", field="names")
            self._names[name] = wanted

    def begin(self, root: str) -> str:
        """Return the begin of the document with the MessageHeader."""
        head = [
            self.text("ID", self._options.message_id),
            *([self.text("UUID", self._options.uuid)] if self._options.uuid else []),
            self.text("CreationDateTime", stamp(self.created)),
        ]
        name, namespace = self._name(root), quoteattr(self._options.namespace)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<n0:{name} xmlns:n0={namespace}>\n'
            f"{self.group('MessageHeader', head)}\n"
        )

    def end(self, root: str) -> str:
        """Return the end of the document."""
        return f"</n0:{self._name(root)}>\n"

    def text(self, name: str, text: str, **attributes: str) -> str:
        """Return an element with a text. Raises EncodeError `sap.text`."""
        if _XML.match(text) is None:
            raise EncodeError("sap.text", f"{name}: a character that XML cannot hold")
        given = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        return f"<{self._name(name)}{given}>{escape(text)}</{self._name(name)}>"

    def group(self, name: str, parts: Iterable[str]) -> str:
        """Return an element with elements."""
        return f"<{self._name(name)}>{''.join(parts)}</{self._name(name)}>"

    def id_of(self, register: Register) -> str:
        """Return SAP's id of a register. Raises EncodeError `sap.id` where the point does not have it."""
        found: str | None = getattr(register.point, self._options.id_field, None)
        if not found:
            raise EncodeError("sap.id", f"{register}: the point has no {self._options.id_field} (option id_field)")
        return found

    def check_time(self, moment: datetime) -> None:
        """Raise EncodeError `sap.future` for a value later than the message."""
        if moment > self.created:
            raise EncodeError("sap.future", f"a value of {moment.isoformat()} is later than the message")

    def _name(self, name: str) -> str:
        return self._names.get(name, name)


def stamp(moment: datetime) -> str:
    """Return a moment in UTC as SAP's GLOBAL_DateTime writes it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


# UN/ECE Recommendation 20, the codes of `unitCode`
UNIT_CODES: Final[dict[str, str]] = {
    "Wh": "WHR", "kWh": "KWH", "MWh": "MWH", "W": "WTT", "kW": "KWT", "MW": "MAW", "kvarh": "KVH",
    "kvar": "KVR", "m3": "MTQ", "l": "LTR", "J": "JOU", "MJ": "3B", "GJ": "GV",
}  # fmt: skip


def unit_code(register: Register) -> str:
    """Return the code of a register's unit. Raises EncodeError `sap.unit`."""
    code = UNIT_CODES.get(register.series.unit)
    if code is None:
        raise EncodeError("sap.unit", f"{register}: no UN/ECE code for {register.series.unit!r}")
    return code
