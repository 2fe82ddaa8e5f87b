"""Conditions of the AHB: each `[n]`, asked of a message.

What a condition asks about the message's head, its line or its value becomes a fact here; what a condition asks of
the entry it stands at (9xx formats, times) is decided with the entry's value; what it asks about several lines, at the
message's end (`across`). All others are roles, orders or master data: not decidable from the message, though roles can
be given. 500 to 900 are hints, from 2000 on repetitions.
Source: EDI@Energy MSCONS AHB 3.2, list of conditions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.export.mscons.validate.expression import Truth
from emtkit.export.mscons.validate.moments import Moment, read_number
from emtkit.export.mscons.validate.tables import register_pattern
from emtkit.model.errors import ConfigError
from emtkit.model.market_ids import check_market_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from emtkit.export.edifact.segments import Segment
    from emtkit.model.market_ids import Kind

Part = dict[str, list["Segment"]]
Facts = dict[str, Truth]

# [n] -> BGM 1001 that must be there
_DOCUMENTS: Final = {
    "68": "7", "69": "Z28", "70": "BK", "71": "Z39", "90": "Z41", "91": "Z42", "121": "Z43", "150": "Z69",
    "151": "Z27", "152": "7",
}  # fmt: skip

# [n] -> registers of which PIA must be one
_Z_NUMBER_AND_BRENNWERT: Final = ("7-0:52.0.22", "7-0:54.0.16", "7-0:54.0.20", "7-0:54.0.22")
_POWER: Final = ("1-b:1.6.0", "1-b:3.6.0", "1-b:4.6.0", "1-66:13.6.0", "1-66:14.6.0")
_WORK: Final = ("1-b:1.9.e", "1-b:3.9.0", "1-b:4.9.0", "1-66:13.9.0", "1-66:14.9.0")
_EXCESS: Final = ("1-66:13.6.0", "1-66:14.6.0", "1-66:13.9.0", "1-66:14.9.0")
_REGISTERS: Final[dict[str, tuple[str, ...]]] = {
    "11": _Z_NUMBER_AND_BRENNWERT,
    "18": ("1-b:9.99.0",),
    "27": ("1-1:1.9.0",),
    "45": ("7-b:99.41.16",),
    "48": ("7-0:52.0.22",),
    "49": ("7-b:70.16.16", "7-b:70.16.20", "7-b:70.16.22"),
    "50": ("7-b:70.18.16", "7-b:70.18.20", "7-b:70.18.22"),
    "72": _POWER,
    "73": _WORK,
    "78": _EXCESS,
    "98": ("SOL",),
    "99": ("WID",),
    "100": ("AUA",),
    "101": ("FPA",),
    "108": ("7-b:99.41.16", "7-b:99.42.16"),
    "125": ("7-0:52.0.22", "7-b:53.0.16", "7-b:55.0.16", "7-b:55.0.20", "7-b:55.0.22"),
    "153": ("7-0:33.86.0",),
    "154": ("7-0:33.47.0",),
}
_NOT: Final = {"12": "11", "17": "18", "28": "27", "79": "78"}
_PATTERNS: Final = {
    name: re.compile("(?:" + "|".join(map(register_pattern, codes)) + r")\Z") for name, codes in _REGISTERS.items()
}

# [146], [148]: group D says whether a value is one of a time (8, a register) or of an interval (9 advance, 29 profile)
_MEASURE: Final = re.compile(r"[17]-\d+:\d+\.(8|9|29)\.\d+\Z", re.ASCII)

# [n] -> QTY 6063; packages 4P to 8P ask the same
_QUALITIES: Final = {"92": "67", "93": "220", "94": "201", "95": "20", "96": "Z18"}
PACKAGES: Final = {"4P": "92", "5P": "93", "6P": "94", "7P": "95", "8P": "96"}
# [n] -> code of STS+10 that must not be there
_BASES: Final = {"83": "Z38", "84": "Z39", "85": "Z36", "86": "Z37"}

_CAPITALS: Final = re.compile(r"[\x20-\x60\x7b-\x7e\xa0-\xde]*\Z")
_SPARTEN: Final = {"293": "electricity", "332": "gas"}
_SPEECH: Final = frozenset({"TE", "FX", "AJ", "AL"})  # COM 3155: telephone, fax, other telephone, mobile
_IDS: Final[dict[str, Kind]] = {"950": "malo", "951": "melo", "960": "nelo", "922": "tr"}


class Roles(NamedTuple):
    """Market roles of sender and receiver: `NB`, `LF`, `MSB`, `ÜNB`, `MGV`, `HKN-R`; None where it is not known."""

    sender: str | None = None
    receiver: str | None = None


UNKNOWN_ROLES: Final = Roles()
ROLES: Final = ("NB", "LF", "MSB", "ÜNB", "MGV", "HKN-R", "ESA", "BKV", "BIKO", "anfNB", "BTR")
# [n] -> who has which role
_SENDER_ROLES: Final = {"32": "NB", "35": "MSB", "81": "ÜNB"}
_RECEIVER_ROLES: Final = {"33": "LF", "36": "NB", "42": "MSB", "77": "HKN-R", "80": "ÜNB", "141": "MGV"}


def role_facts(roles: Roles) -> Facts:
    """Return what the roles say; nothing of those that are not known."""
    facts: Facts = {}
    if roles.sender is not None:
        facts |= {name: truth(roles.sender == role) for name, role in _SENDER_ROLES.items()}
    if roles.receiver is not None:
        facts |= {name: truth(roles.receiver == role) for name, role in _RECEIVER_ROLES.items()}
    return facts


def truth(value: object) -> Truth:
    """Return YES or NO."""
    return Truth.YES if value else Truth.NO


def by_number(name: str) -> Truth:
    """Return what is said of a condition that no fact answers."""
    digits = name.partition("P")[0]
    if name == "1P0..1" or (digits.isdigit() and (500 <= int(digits) < 900 or int(digits) >= 2000)):
        return Truth.HINT
    return Truth.OPEN


def head_facts(part: Part) -> Facts:
    """Return the facts of a message's head."""

    def get(number: str, element: int, component: int = 1) -> str:
        segments = part.get(number)
        return segments[0].get(element, component) if segments else ""

    location = get("00015", 2)
    device_free = get("00022", 1, 2)
    document = get("00004", 1)
    facts = {name: truth(document == code) for name, code in _DOCUMENTS.items()}
    facts |= {
        "23": truth(get("00003", 4) == "1"),
        "46": truth(len(location) == 11),
        "62": truth(len(location) == 33),
        "38": truth(len(location) == 33),
        "119": truth(len(location) == 11),
        "113": truth("00022" in part),
        "131": truth("00022" not in part),
        "132": truth(not location),
        "144": truth(device_free),
    }
    if get("00003", 3) or get("00003", 4):
        facts["22"] = Truth.YES  # UNH S010: the list goes over several messages
    sparte = _SPARTEN.get(get("00011", 2, 3))
    if sparte is not None:
        facts["492"] = truth(sparte == "electricity")
    return facts


def line_facts(register: str) -> Facts:
    """Return the facts of a line: what its PIA says."""
    facts = {name: truth(pattern.match(register)) for name, pattern in _PATTERNS.items()}
    facts |= {name: truth(facts[other] is Truth.NO) for name, other in _NOT.items()}
    kind = _MEASURE.match(register)
    if kind is not None:
        facts["146"], facts["148"] = truth(kind[1] == "8"), truth(kind[1] != "8")
    return facts


def quantity_facts(part: Part) -> Facts:
    """Return the facts of one value: QTY and its DTM and STS."""
    quantity = part.get("00026")
    quality = quantity[0].get(1) if quantity else ""
    bases = {segment.get(2) for segment in part.get("00038", ())}
    facts = {name: truth(quality == code) for name, code in _QUALITIES.items()}
    facts |= {package + "0..1": facts[name] for package, name in PACKAGES.items()}
    facts |= {name: truth(code not in bases) for name, code in _BASES.items()}
    facts["145"] = truth("00027" not in part)
    facts["147"] = truth("00030" not in part)
    facts["149"] = truth("00027" in part)
    return facts


class Entry(NamedTuple):
    """A value of a data element, with what its conditions need.

    text     the value
    mark     the decimal mark of the file
    moment   its time, for DE 2380
    form     DE 2379 beside it
    apart    [130] and [133]: reading dates and time of use are close enough; None when there is nothing to compare
    means    DE 3155 beside it, for DE 3148
    """

    text: str
    mark: str
    moment: Moment | None = None
    form: str = ""
    apart: bool | None = None
    means: str = ""


def _numbers(test: Callable[[int, int, bool], bool]) -> Callable[[Entry], Truth]:
    def ask(entry: Entry) -> Truth:
        number = read_number(entry.text, entry.mark)
        return truth(number is not None and test(number.digits, number.decimals, number.negative))

    return ask


def _time(test: Callable[[Moment], bool]) -> Callable[[Entry], Truth]:
    return lambda entry: truth(entry.moment is not None and test(entry.moment))


def _identifier(kind: Kind) -> Callable[[Entry], Truth]:
    def ask(entry: Entry) -> Truth:
        try:
            check_market_id(entry.text, kind)
        except ConfigError:
            return Truth.NO
        return Truth.YES

    return ask


def _partner(other: str) -> Callable[[Entry], Truth]:
    """[117], [118]: the MP-ID's first digits say the Sparte; a GLN does not."""

    def ask(entry: Entry) -> Truth:
        if entry.text.startswith(other):
            return Truth.NO
        return Truth.YES if entry.text[:2] in ("98", "99") else Truth.OPEN

    return ask


def _close(entry: Entry) -> Truth:
    return truth(entry.apart is not False)


_ENTRY: Final[Mapping[str, Callable[[Entry], Truth]]] = {
    "902": _numbers(lambda _, __, negative: not negative),
    "904": lambda entry: truth(len(entry.text) == 16),
    "905": lambda entry: truth(len(entry.text) <= 3),
    "906": _numbers(lambda _, decimals, __: decimals <= 3),
    "907": _numbers(lambda _, decimals, __: decimals <= 4),
    "908": lambda entry: truth(entry.text.isdecimal() and int(entry.text[:9]) >= 1),
    "909": lambda entry: truth(entry.text.isdecimal()),
    "910": _numbers(lambda *_: True),
    "917": _numbers(lambda digits, _, __: digits <= 4),
    "918": lambda entry: truth(_CAPITALS.match(entry.text)),
    "925": _numbers(lambda _, decimals, __: decimals <= 5),
    "931": _time(lambda moment: moment.utc),
    "937": _numbers(lambda _, decimals, __: decimals == 0),
    "939": lambda entry: truth("@" in entry.text and "." in entry.text),
    "940": lambda entry: truth(re.fullmatch(r"\+[0-9]+", entry.text)),
    **{name: _identifier(kind) for name, kind in _IDS.items()},
    "UB1": _time(lambda moment: moment.electricity),
    "UB2": _time(lambda moment: moment.gas),
    "UB3": _time(lambda moment: moment.electricity or moment.gas),
    "111": lambda entry: truth(entry.form == "303"),
    "117": _partner("98"),
    "118": _partner("99"),
    "130": _close,
    "133": _close,
    "134": lambda entry: truth(entry.form == "102"),
    "142": lambda entry: truth(entry.means == "EM"),
    "143": lambda entry: truth(entry.means in _SPEECH),
    "135": _time(lambda moment: moment.in_time),
    # when the document was made: UNB only says when it was put into the interchange, a fact says when it came
    "494": lambda _: Truth.OPEN,
    "495": _time(lambda moment: moment.in_time),
}
# which of them are about time: APERAK Z41 instead of Z35
TIMES: Final = frozenset({"130", "133", "135", "495"})
# conditions that say which alternative is meant, not what a value must look like
_ALTERNATIVES: Final = frozenset({"111", "134", "142", "143"})


def of_entry(name: str, entry: Entry) -> Truth | None:
    """Return what the value of an entry says of a condition; None if the condition is about something else."""
    ask = _ENTRY.get(name)
    return None if ask is None else ask(entry)


def asks_entry(name: str) -> bool:
    """Return whether a condition asks about the value of the entry it stands at."""
    return name in _ENTRY


def is_format(name: str) -> bool:
    """Return whether a condition asks how a value looks."""
    return name in _ENTRY and name not in _ALTERNATIVES
