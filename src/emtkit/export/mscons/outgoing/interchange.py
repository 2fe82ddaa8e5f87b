"""The interchange: the envelope around messages of one kind between two partners, its references and file name.

Source: EDI@Energy Allgemeine Festlegungen 6.1d, 2.12 (file name) and 2.13 (MP-ID); MSCONS MIG 2.5, UNB and UNZ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from emtkit.export.edifact.segments import write_segment
from emtkit.export.edifact.service import DEFAULT, ServiceString
from emtkit.model.errors import ConfigError, EncodeError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.export.mscons.message import Partner

MAX_MESSAGES: Final = 999_999  # UNZ 0036 n..6
_REFERENCE_SIZE: Final = 14  # UNB 0020 an..14
# [918]: characters of UNOC, of the letters only capitals. Blanks and signs would end up in file names: left out.
_REFERENCE: Final = re.compile(r"[A-Z0-9-]{1,14}\Z")
_SEED: Final = re.compile(r"[A-Z0-9]{1,10}\Z")

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SEED_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_SEED_SIZE: Final = 6  # 36**6 seconds are 69 years


def seed_of(moment: datetime) -> str:
    """Return a seed for `References` that another second does not give: `E0L5Z8K`, seven characters."""
    number = (moment - _SEED_EPOCH) // timedelta(seconds=1) % 36**_SEED_SIZE
    digits = ""
    for _ in range(_SEED_SIZE):
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return "E" + digits


class References:
    """Numbers the interchanges of a run: `EMT7K3` gives `EMT7K300000001`, `EMT7K300000002` ...

    Unique within the run; it is the caller's part that no seed is used twice for a sender.
    """

    __slots__ = ("_count", "_seed")

    def __init__(self, seed: str) -> None:
        """Start with this seed: 1 to 10 capital letters and digits. Raises ConfigError `mscons.reference`."""
        if _SEED.match(seed) is None:
            raise ConfigError("mscons.reference", f"a reference begins with 1 to 10 of A-Z and 0-9, not {seed!r}")
        self._seed = seed
        self._count = 0

    def take(self) -> str:
        """Return the next reference, 14 characters. Raises EncodeError `mscons.count` when there is none left."""
        self._count += 1
        digits = _REFERENCE_SIZE - len(self._seed)
        number = str(self._count).zfill(digits)
        if len(number) > digits:
            raise EncodeError("mscons.count", f"no reference left after {self._seed}{'9' * digits}: use a shorter seed")
        return self._seed + number


@dataclass(slots=True, kw_only=True)
class Interchange:
    """What is the same for all messages of a file.

    reference              UNB 0020 and UNZ 0020: 1 to 14 of A-Z, 0-9 and `-`
    created                UNB 0017 and 0019, in UTC; the same as the messages' DTM+137
    application_reference  UNB 0026: EM, TL or VL
    test                   UNB 0035: an interchange for testing
    """

    reference: str
    sender: Partner
    receiver: Partner
    created: datetime
    application_reference: str
    test: bool = False
    service: ServiceString = DEFAULT

    @property
    def file_name(self) -> str:
        """Return `MSCONS_TL_9900000000011_9900000000029_20261103_EMT00000000001.txt`."""
        day = self.created.astimezone(UTC).strftime("%Y%m%d")
        return f"MSCONS_{self.application_reference}_{self.sender.id}_{self.receiver.id}_{day}_{self.reference}.txt"

    def text(self, messages: Iterable[str]) -> str:
        """Return the whole interchange around messages that are already text (`MessageWriter.text`).

        Raises EncodeError `mscons.count` without messages or with too many, ConfigError `mscons.reference`.
        """
        if _REFERENCE.match(self.reference) is None:
            raise ConfigError("mscons.reference", f"a reference has 1 to 14 of A-Z, 0-9 and -, not {self.reference!r}")
        body = list(messages)
        if not 0 < len(body) <= MAX_MESSAGES:
            raise EncodeError("mscons.count", f"an interchange has 1 to {MAX_MESSAGES} messages, not {len(body)}")
        created = self.created.astimezone(UTC)
        head = write_segment(
            "UNB",
            ("UNOC", "3"),
            (self.sender.id, self.sender.unb_agency),
            (self.receiver.id, self.receiver.unb_agency),
            (created.strftime("%y%m%d"), created.strftime("%H%M")),
            self.reference,
            "",
            self.application_reference,
            "",
            "",
            "",
            "1" if self.test else "",
            service=self.service,
        )
        tail = write_segment("UNZ", str(len(body)), self.reference, service=self.service)
        return "".join((self.service.una, head, *body, tail))
