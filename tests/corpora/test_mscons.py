"""MSCONS of the corpus: rebuilt from their own content, and our own output against the AHB and MIG tables."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.export.edifact.service import ServiceString
from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.grid import BERLIN, DAY, Grid
from emtkit.export.mscons.ahb_codes import METHOD, REASON, Place, codes
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.correct import Sent
from emtkit.export.mscons.outgoing.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.use_cases import DAY_START, USE_CASES, VARIANTS, market_register, use_case
from emtkit.model.errors import EmtkitError
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Quality, Series, SeriesValue
from emtkit.model.units import EXACT
from emtkit.points import Point

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.export.edifact.segments import Segment

Loader = Callable[[str], list[dict[str, Any]]]
WRITTEN = frozenset(USE_CASES) | {"13006"}
QUARTER_HOUR = timedelta(minutes=15)


# --- a plain reader: what the fields say, no judgement ---------------------------------------------------------------


def to_bytes(text: str) -> bytes:
    return text.encode("latin-1")


def moment(text: str) -> datetime:
    return datetime.strptime(text[:12], "%Y%m%d%H%M").replace(tzinfo=UTC)


def moment_or_day(segment: Segment) -> datetime | date:
    text = segment.get(1, 2)
    return moment(text) if segment.get(1, 3) == "303" else datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone


TIMES = {"163": "begin", "164": "end", "9": "ablesedatum", "7": "nutzungszeitpunkt", "60": "aenderungszeitpunkt"}
STATUSES = {"Z32": "method", "Z34": "correction", "Z40": "reason", "Z31": "gas_quality"}


def read_message(segments: list[Segment]) -> Message:
    fields: dict[str, Any] = {"lines": []}
    for segment in segments:
        qualifier = segment.get(1)
        match segment.tag:
            case "UNH":
                fields |= {"reference": qualifier, "release": segment.get(2, 5)}
            case "BGM":
                fields |= {"document_code": qualifier, "document": segment.get(2), "function": segment.get(3)}
            case "RFF":
                name = {
                    "AGI": "order_reference", "Z30": "master_data_reference", "Z13": "pruefidentifikator",
                    "ACW": "cancels", "MG": "device", "AGK": "konfigurations_id",
                }[qualifier]  # fmt: skip
                fields[name] = segment.get(1, 2)
            case "NAD" if qualifier in ("MS", "MR"):
                name = {"MS": "sender", "MR": "receiver"}[qualifier]
                fields[name] = Partner(segment.get(2), UNB_AGENCY[segment.get(2, 3)], segment.get(2, 3))
            case "LOC":
                fields["location"] = segment.get(2) or None
            case "LIN":
                fields["lines"].append(["", []])
                assert segment.get(1) == str(len(fields["lines"]))
            case "PIA":
                fields["lines"][-1] = [segment.get(2), [], segment.get(2, 2)]
            case "QTY":
                number = Decimal(segment.get(1, 2).replace(segment.service.decimal, "."))
                fields["lines"][-1][1].append(Quantity(number, qualifier))
            case "DTM" if not fields["lines"]:
                fields[{"137": "date", "163": "begin", "164": "end"}[qualifier]] = moment(segment.get(1, 2))
            case "DTM" | "STS":
                quantities = fields["lines"][-1][1]
                quantities[-1] = with_segment(quantities[-1], segment)
    fields["lines"] = [Line(*line) for line in fields["lines"]]
    return Message(**fields)


UNB_AGENCY = {"293": "500", "332": "502", "9": "14"}


def with_segment(quantity: Quantity, segment: Segment) -> Quantity:
    qualifier = segment.get(1)
    if qualifier == "306":
        return quantity._replace(leistungsperiode=segment.get(1, 2))
    if segment.tag == "DTM":
        changed: dict[str, Any] = {TIMES[qualifier]: moment_or_day(segment)}
        return quantity._replace(**changed)
    if qualifier == "10":
        return quantity._replace(energy_basis=(*quantity.energy_basis, segment.get(2)))
    if qualifier == "Z33":
        return quantity._replace(plausibility=(*quantity.plausibility, segment.get(3)))
    status: dict[str, Any] = {STATUSES[qualifier]: segment.get(3)}
    return quantity._replace(**status)


def read_interchange(data: bytes) -> tuple[Interchange, list[Message]]:
    segments = list(read_segments(data))
    head = segments[0]
    interchange = Interchange(
        reference=head.get(5),
        sender=Partner(head.get(2), head.get(2, 2), ""),
        receiver=Partner(head.get(3), head.get(3, 2), ""),
        created=datetime.strptime(head.get(4) + head.get(4, 2), "%y%m%d%H%M").replace(tzinfo=UTC),
        application_reference=head.get(7),
        test=head.get(11) == "1",
        service=head.service,
    )
    starts = [index for index, segment in enumerate(segments) if segment.tag == "UNH"]
    ends = [index for index, segment in enumerate(segments) if segment.tag == "UNT"]
    return interchange, [read_message(segments[a : b + 1]) for a, b in zip(starts, ends, strict=True)]


# --- rebuild -------------------------------------------------------------------------------------------------------


def rows_of(corpus: Loader, *kinds: str) -> list[dict[str, Any]]:
    rows = [row for row in corpus("market/mscons_messages.jsonl") if row["id"].startswith(kinds)]
    return [row for row in rows if {message["pid"] for message in row["expected"]["messages"]} <= WRITTEN]


def written_as_we_do(row: dict[str, Any]) -> bytes:
    """The same bytes with UNA and without line breaks, as emtkit writes."""
    text = row["text"].replace("\r\n", "")
    return to_bytes(text if text.startswith("UNA") else ServiceString().una + text)


def test_messages_are_rebuilt_byte_for_byte(corpus: Loader, say: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    for row in rows_of(corpus, "syn-", "real-"):
        kind = row["id"].partition("-")[0]
        interchange, messages = read_interchange(to_bytes(row["text"]))
        writer = MessageWriter(interchange.service)
        text = interchange.text(map(writer.text, messages))
        same = to_bytes(text) == written_as_we_do(row)
        counts[f"{kind} {'equal' if same else 'different'}"] += 1
        if kind == "syn":
            assert same, row["id"]
        elif not same:
            # the one reason in real files: DTM+7 before DTM+9 (the MIG has 9 first)
            assert sorted(text.split("'")) == sorted(row["text"].split("'")), row["id"]
    say(f"MSCONS rebuilt from typed messages: {dict(counts)}")
    assert counts["syn equal"] == 27
    assert counts["real equal"] >= 71


def series_of(message: Message, line: Line) -> tuple[Point, Series, Rules]:
    """Turn a line back into what it was made from: a series in base units and a point."""
    case = use_case(message.pruefidentifikator, message.document_code)
    location: dict[str, Any] = {"konfigurations_id": message.konfigurations_id}
    if message.location is not None:
        market = "netzlokation" if message.location.startswith("E") else "marktlokation"
        location[market if len(message.location) == 11 else "messlokation"] = message.location
    point = Point(
        meter="*",
        register="1.8.0",
        obis=line.obis,
        pruefidentifikator=message.pruefidentifikator,
        sender=message.sender.id,
        receiver=message.receiver.id,
        ratio=Decimal(1),
        order_reference=message.order_reference,
        geraetenummer=message.device,
        **location,
    )
    register = market_register(case, line.obis)
    base, shift = {"kWh": ("Wh", 3), "kvarh": ("varh", 3), "kW": ("W", 3), "m3": ("m3", 0)}[register.unit]
    values: list[SeriesValue] = []
    basis: tuple[str, ...] = ()
    reason: str | None = None
    notes: tuple[str, ...] = ()
    day_only = False
    for quantity in line.quantities:
        begin = quantity.begin or quantity.nutzungszeitpunkt
        end = quantity.end or quantity.nutzungszeitpunkt
        if quantity.leistungsperiode is not None:
            month = datetime.strptime(quantity.leistungsperiode, "%Y%m").replace(tzinfo=BERLIN)
            begin, end = Grid(None).around(month)
        assert begin is not None
        assert end is not None
        read = quantity.ablesedatum
        if read is not None and not isinstance(read, datetime):
            day_only, read = True, datetime.combine(read, time(12), BERLIN)
        values.append(
            SeriesValue(
                begin,
                end,
                quantity.value.scaleb(shift, EXACT),
                {"67": Quality.SUBSTITUTE, "Z18": Quality.PRELIMINARY}.get(quantity.code, Quality.TRUE),
                quantity.method,
                quantity.reason,
                () if read is None else (read,),
            )
        )
        basis, reason, notes = quantity.energy_basis, quantity.reason, quantity.plausibility
    kind: Any = "register" if register.kind == "register" else "interval"
    series = Series(MeterId(None, "1"), "", base, kind, register.step, values)
    return point, series, Rules(message.date, basis, reason, notes, day_only=day_only)


def from_series(message: Message) -> Message:
    items = [series_of(message, line) for line in message.lines]
    headers = [header_of(point, series.meter, message.document_code) for point, series, _ in items]
    assert len(set(headers)) == 1
    parts = [part_of(header, point, series) for header, (point, series, _) in zip(headers, items, strict=True)]
    (draft,) = drafts(headers[0], parts)
    return message_of(draft, items[0][2], reference=message.reference, document=message.document)


def test_synthetic_messages_are_rebuilt_from_series(corpus: Loader, say: Callable[[str], None]) -> None:
    rebuilt = 0
    for row in rows_of(corpus, "syn-"):
        interchange, messages = read_interchange(to_bytes(row["text"]))
        if messages[0].cancels is not None:  # a cancellation has no values
            continue
        writer = MessageWriter(interchange.service)
        text = interchange.text(writer.text(from_series(message)) for message in messages)
        assert to_bytes(text) == written_as_we_do(row), row["id"]
        rebuilt += 1
    say(f"MSCONS rebuilt from series and points: {rebuilt} synthetic files")
    assert rebuilt == 26


def test_real_messages_are_rebuilt_from_series(corpus: Loader, say: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    for row in rows_of(corpus, "real-"):
        interchange, messages = read_interchange(to_bytes(row["text"]))
        writer = MessageWriter(interchange.service)
        for message in messages:
            quantities = [quantity for line in message.lines for quantity in line.quantities]
            if any(quantity.correction for quantity in quantities):
                counts["carry a correction"] += 1
                continue
            # AHB 3.2: DTM+9 only where there is no Konfigurations-ID
            if message.konfigurations_id is not None and any(quantity.ablesedatum for quantity in quantities):
                counts["carry a reading date beside a Konfigurations-ID"] += 1
                continue
            try:
                same = writer.text(from_series(message)) == writer.text(message)
                counts["equal" if same else "different"] += 1
            except EmtkitError as error:
                counts[error.code] += 1
    say(f"real MSCONS messages rebuilt from series and points: {dict(counts)}")
    assert counts["different"] == 0


def test_real_corrections_are_rebuilt_from_what_they_replaced(
    corpus: Loader, say: Callable[[str], None], tmp_path: Path
) -> None:
    rebuilt = 0
    for row in rows_of(corpus, "real-"):
        interchange, messages = read_interchange(to_bytes(row["text"]))
        writer = MessageWriter(interchange.service)
        for message in messages:
            quantities = [quantity for line in message.lines for quantity in line.quantities]
            reasons = tuple({quantity.correction for quantity in quantities if quantity.correction})
            if len(reasons) != 1:
                continue
            # what was sent before: a true value one kWh higher wherever this message gives a Korrekturgrund
            before = [
                line._replace(
                    quantities=[
                        Quantity(each.value + 1, "220", each.begin, each.end)
                        if each.correction
                        else each._replace(plausibility=())
                        for each in line.quantities
                    ]
                )
                for line in message.lines
            ]
            earlier = replace(message, document="BEFORE", lines=before)
            path = tmp_path / f"{rebuilt}.txt"
            path.write_bytes(to_bytes(interchange.text([writer.text(earlier)])))
            point, series, _ = series_of(message, message.lines[0])
            header = header_of(point, series.meter, message.document_code)
            correction = Sent([path]).correct(header, from_series(message), reasons)
            assert correction.cancelled == ()
            assert correction.message is not None
            assert writer.text(correction.message) == writer.text(message), row["id"]
            rebuilt += 1
    say(f"real MSCONS corrections rebuilt from what they replaced: {rebuilt}")
    assert rebuilt == 28


INVALID_FROM_SERIES = {
    "bad-gap": "mscons.interval.gap",
    "bad-overlap": "mscons.interval.overlap",
    "bad-inverted": "mscons.interval.length",
    "bad-future": "mscons.time.future",
    "bad-decimals": "mscons.decimals",
    "bad-melo-for-13025": "mscons.location",
    "bad-obis-not-in-list": "mscons.obis",
    "bad-missing-sts-z40": "mscons.substitute.reason",
}


@pytest.mark.parametrize(("row_id", "code"), INVALID_FROM_SERIES.items())
def test_what_is_wrong_in_the_corpus_is_not_written(row_id: str, code: str, corpus: Loader) -> None:
    (row,) = [row for row in corpus("market/mscons_messages.jsonl") if row["id"] == row_id]
    _, messages = read_interchange(to_bytes(row["text"]))
    with pytest.raises(EmtkitError) as caught:
        list(map(from_series, messages))
    assert caught.value.code == code


# --- our own messages against the tables of MIG and AHB ---------------------------------------------------------------

# segment and data element -> where it stands
PLACES = {
    ("UNH", "0062"): (1, 1), ("UNH", "0065"): (2, 1), ("UNH", "0052"): (2, 2), ("UNH", "0054"): (2, 3),
    ("UNH", "0051"): (2, 4), ("UNH", "0057"): (2, 5),
    ("BGM", "1001"): (1, 1), ("BGM", "1004"): (2, 1), ("BGM", "1225"): (3, 1),
    ("DTM", "2005"): (1, 1), ("DTM", "2380"): (1, 2), ("DTM", "2379"): (1, 3),
    ("RFF", "1153"): (1, 1), ("RFF", "1154"): (1, 2),
    ("NAD", "3035"): (1, 1), ("NAD", "3039"): (2, 1), ("NAD", "3055"): (2, 3),
    ("UNS", "0081"): (1, 1), ("LOC", "3227"): (1, 1), ("LOC", "3225"): (2, 1),
    ("LIN", "1082"): (1, 1), ("PIA", "4347"): (1, 1), ("PIA", "7140"): (2, 1), ("PIA", "7143"): (2, 2),
    ("QTY", "6063"): (1, 1), ("QTY", "6060"): (1, 2),
    ("STS", "9015"): (1, 1), ("STS", "4405"): (2, 1), ("STS", "9013"): (3, 1),
    ("UNT", "0074"): (1, 1), ("UNT", "0062"): (2, 1),
    ("UNB", "0001"): (1, 1), ("UNB", "0002"): (1, 2), ("UNB", "0004"): (2, 1), ("UNB", "0007"): (2, 2),
    ("UNB", "0010"): (3, 1), ("UNB", "0017"): (4, 1), ("UNB", "0019"): (4, 2), ("UNB", "0020"): (5, 1),
    ("UNB", "0026"): (7, 1), ("UNB", "0035"): (11, 1), ("UNZ", "0036"): (1, 1), ("UNZ", "0020"): (2, 1),
}  # fmt: skip
# nr of the segments that begin a group which may come again, and the first nr inside it
LINE, QUANTITY = "00024", "00026"


class Ahb:
    """The rows of one Prüfidentifikator: which segments there are, which must be, which codes they may have."""

    def __init__(self, mig: dict[str, Any], table: dict[str, Any]) -> None:
        self.order: list[tuple[str, str, frozenset[str]]] = [
            (row["nr"], row["segment"], self._qualifiers(row["qualifiers"]))
            for row in mig["structure"]
            if "segment" in row
        ]
        self.codes: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.must: set[str] = set()
        self.known: set[str] = set()
        group = ""
        for _, _, segment, element, nr, code, _, status in table["rows"]:
            if not segment:
                group = status.strip()
            elif not element:
                self.known.add(nr)
                # a condition that only the message date or the roles of the partners decide is not looked at
                if status.strip() == "Muss" and group in ("", "Muss", "Muss [2001]"):
                    self.must.add(nr)
                group = ""
            elif code:
                self.codes[nr, element].add(code)

    @staticmethod
    def _qualifiers(text: str | None) -> frozenset[str]:
        return frozenset(part.partition(":")[0] for part in (text or "").split(",") if part)

    def walk(self, segments: Iterable[Segment]) -> Iterator[tuple[str, Segment]]:
        """Give the nr of each segment; fails where the order of the MIG is not kept."""
        at = -1
        for segment in segments:
            found = next(
                (
                    index
                    for index, (nr, tag, qualifiers) in enumerate(self.order)
                    if tag == segment.tag
                    and (not qualifiers or segment.get(1) in qualifiers)
                    and nr in self.known
                    and (index > at or self._may_repeat(nr, at))
                ),
                None,
            )
            assert found is not None, f"{segment.raw!r} has no place here"
            at = found
            yield self.order[found][0], segment

    def _may_repeat(self, nr: str, at: int) -> bool:
        last = self.order[at][0]
        return nr == "00003" or (nr in (LINE, QUANTITY) and last >= nr) or (nr in ("00033", "00038") and nr == last)

    def check(self, segments: list[Segment]) -> Counter[str]:
        seen: Counter[str] = Counter()
        for nr, segment in self.walk(segments):
            seen[nr] += 1
            for (row, element), allowed in self.codes.items():
                place = PLACES.get((segment.tag, element))
                if row == nr and place is not None and (text := segment.get(*place)):
                    assert text in allowed, f"{segment.raw!r}: {element} is one of {sorted(allowed)}"
        assert self.must <= set(seen), f"missing: {self.must - set(seen)}"
        return seen


def load_ahb(corpus_file: Callable[[str], Path]) -> dict[str, Ahb]:
    mig = json.loads(corpus_file("market/mscons_mig_2_5.json").read_text("utf-8"))
    table = json.loads(corpus_file("market/mscons_ahb_3_2_table.json").read_text("utf-8"))
    for row in (row for pid in table["pids"].values() for row in pid["rows"] if row[3] == "0065"):
        row[5] = "MSCONS"  # the table has a code that was cut off
    return {pid: Ahb(mig, table["pids"][pid]) for pid in sorted(WRITTEN)}


CREATED = datetime(2026, 12, 2, 8, tzinfo=UTC)
ELECTRICITY: dict[str, Any] = {"sender": "9900000000011", "receiver": "9900000000029", "ratio": Decimal(40)}
GAS: dict[str, Any] = {"sender": "9800000000013", "receiver": "9800000000021"}
MELO = "DE00056266802AO6G56M11SN51G21M24S"
MALO = "51238696781"
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "13002 kME": ("13002", GAS | {"messlokation": MELO, "geraetenummer": "7ELS0012345678"}, "7-0:3.0.0"),
    "13017 kME": ("13017", ELECTRICITY | {"messlokation": MELO, "geraetenummer": "1EMH0012345678"}, "1-1:1.8.0"),
    "13017 iMS": ("13017", ELECTRICITY | {"konfigurations_id": "KONFIG-0001"}, "1-1:1.8.0"),
    "13018": ("13018", ELECTRICITY | {"messlokation": MELO, "order_reference": "ORDERS4711"}, "1-1:5.29.0"),
    "13019 MaLo": ("13019", ELECTRICITY | {"marktlokation": MALO}, "1-1:1.9.0"),
    "13019 MeLo": ("13019", ELECTRICITY | {"messlokation": MELO, "order_reference": "EMT1-1"}, "1-1:1.9.0"),
    "13019 iMS": ("13019", ELECTRICITY | {"konfigurations_id": "K", "order_reference": "EMT1-1"}, "1-1:1.9.0"),
    "13025": ("13025", ELECTRICITY | {"marktlokation": MALO}, "1-1:1.29.0"),
}


def month_of(case_name: str, *, substitutes: bool) -> list[Message]:
    """November 2026 of a made-up register, some values substitutes."""
    pid, fields, obis = CASES[case_name]
    case = use_case(pid)
    hour = DAY_START[case.sparte]
    register = market_register(case, obis)
    grid = Grid(register.step or DAY, BERLIN, hour)
    marks = grid.marks(datetime(2026, 11, 1, hour, tzinfo=BERLIN), datetime(2026, 12, 1, hour, tzinfo=BERLIN))
    unit = {"1": "Wh", "7": "m3"}[obis[0]] if ":5." not in obis else "varh"
    values = []
    for index, (low, high) in enumerate(pairwise(marks)):
        start = high if register.kind == "register" else low
        if substitutes and index % 7 == 3:
            value = SeriesValue(start, high, Decimal(index), Quality.SUBSTITUTE, "interpolation", "communication")
        else:
            value = SeriesValue(start, high, Decimal(index), sources=(high - timedelta(seconds=20),))
        values.append(value)
    point = Point(meter="*", register=obis, obis=obis, pruefidentifikator=pid, **fields)
    kind: Any = "register" if register.kind == "register" else "interval"
    series = Series(MeterId(None, "1"), "", unit, kind, register.step, values)
    header = header_of(point, series.meter)
    rules = Rules(CREATED, ("Z36", "Z37"))
    return [
        message_of(draft, rules, reference=str(number), document=f"EMT-{number}")
        for number, draft in enumerate(drafts(header, [part_of(header, point, series)]), 1)
    ]


@pytest.mark.parametrize("substitutes", [False, True])
@pytest.mark.parametrize("case_name", CASES)
def test_what_is_written_keeps_the_tables_of_the_ahb(
    case_name: str,
    substitutes: bool,
    corpus_file: Callable[[str], Path],
) -> None:
    pid = CASES[case_name][0]
    ahb = load_ahb(corpus_file)[pid]
    writer = MessageWriter()
    messages = month_of(case_name, substitutes=substitutes)
    assert len(messages) == (30 if use_case(pid).one_moment else 1)
    head = messages[0]
    interchange = Interchange(
        reference="EMT1",
        sender=head.sender,
        receiver=head.receiver,
        created=CREATED,
        application_reference=use_case(pid).application_reference,
    )
    segments = list(read_segments(to_bytes(interchange.text(map(writer.text, messages)))))
    seen = ahb.check(segments)
    assert seen["00034"] == seen["00036"]
    assert (seen["00034"] > 0) == substitutes
    location = next(segment for segment in segments if segment.tag == "LOC")
    assert seen["00038"] == (2 * 30 if location.get(2) == MALO and pid == "13019" else 0)


def test_the_codes_of_substitutes_are_those_of_the_ahb(corpus_file: Callable[[str], Path]) -> None:
    ahbs = load_ahb(corpus_file)
    for (pid, code), case in VARIANTS.items():
        ahb = ahbs[pid]
        assert ahb.codes["00002", "0026"] == {case.application_reference}, pid
        assert code in ahb.codes["00004", "1001"], pid
        for row in (METHOD, REASON):
            allowed = {
                found
                for location in case.locations
                for found in codes(
                    Place(pid, code, location, "1-1:1.9.0" if case.sparte == "electricity" else ""), row, "67"
                )
            }
            assert allowed <= ahb.codes[row, "9013"], pid
            if code in ("7", "Z28", "Z48"):
                # ZS0 and ZS9 point to the Messlokation, so they are for a Marktlokation only
                assert ahb.codes[row, "9013"] - allowed <= {"ZS0", "ZS9"}, pid


def test_the_registers_of_a_use_case_are_those_of_the_code_list(corpus_file: Callable[[str], Path]) -> None:
    rows = json.loads(corpus_file("market/obis_codelist.json").read_text("utf-8"))["rows"]
    taken = Counter[str]()
    for row in rows:
        if not row["chapter"].startswith(("3.1", "4.1")):
            continue
        for pid in (WRITTEN - {"13006"}) & set(row["pids"]):
            for obis in row["obis"]:
                code = obis.replace("-b:", "-1:").replace(".ee", ".16").replace(".e", ".62")
                # reactive energy of a Marktlokation ended in 2023; the largest and smallest Brennwert of a month
                excluded = (pid == "13025" and ".29." in code and code[4] in "345678") or code[:4] in ("7-30", "7-40")
                try:
                    market_register(use_case(pid), code)
                except EmtkitError:
                    assert excluded, (pid, obis)
                else:
                    assert not excluded, (pid, obis)
                    taken[pid] += 1
    assert taken == {
        "13002": 10, "13008": 6, "13009": 11, "13017": 12, "13018": 8, "13019": 8, "13025": 2, "13027": 8,
    }  # fmt: skip


def test_days_with_a_clock_change_have_92_or_100_values(corpus: Loader, say: Callable[[str], None]) -> None:
    writer = MessageWriter()
    checked: Counter[int] = Counter()
    for row in corpus("market/dst_days.jsonl"):
        day = row["expected"]
        begin, end = (datetime.fromisoformat(day[name]).replace(tzinfo=UTC) for name in ("utc_from", "utc_to"))
        if day["sparte"] != "strom" or not row["zoneinfo_agrees"] or begin < datetime(2024, 5, 1, tzinfo=UTC):
            continue
        marks = Grid().marks(begin, end)
        values = [SeriesValue(low, high, Decimal(1000)) for low, high in pairwise(marks)]
        point = Point(
            meter="*",
            register="1.8.0",
            obis="1-1:1.29.0",
            marktlokation=MALO,
            pruefidentifikator="13025",
            **ELECTRICITY,
        )
        header = header_of(point, MeterId(None, "1"))
        series = Series(MeterId(None, "1"), "", "Wh", "interval", QUARTER_HOUR, values)
        (draft,) = drafts(header, [part_of(header, point, series)])
        message = message_of(draft, Rules(end + DAY), reference="1", document="D")
        assert message.value_count == day["values"]
        assert f"DTM+163:{begin:%Y%m%d%H%M}?+00:303'DTM+164:{end:%Y%m%d%H%M}?+00:303'LIN+1'" in writer.text(message)
        checked[day["values"]] += 1
    say(f"13025 of days with a clock change: {dict(checked)}")
    assert checked[92] >= 8
    assert checked[100] >= 7


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UNS+D'", ""),
        ("BGM+Z48", "BGM+7"),
        ("RFF+Z13:13025'", ""),
        ("9900000000011::293'", "9900000000011::332'"),
        ("NAD+DP'", "NAD+DP'RFF+MG:1'"),
        ("STS+Z32++Z92'", "STS+Z32++Z93'"),
        ("LIN+1'", ""),
        ("DTM+164:202611302300?+00:303'LIN", "DTM+164:202611302300?+00:304'LIN"),
    ],
)
def test_the_check_against_the_tables_finds_what_is_wrong(
    old: str, new: str, corpus_file: Callable[[str], Path]
) -> None:
    ahb = load_ahb(corpus_file)["13025"]
    text = MessageWriter().text(month_of("13025", substitutes=True)[0])
    ahb.must -= {"00002", "00040"}  # the envelope
    ahb.check(list(read_segments(to_bytes(text))))
    wrong = text.replace(old, new, 1)
    assert wrong != text
    with pytest.raises(AssertionError):
        ahb.check(list(read_segments(to_bytes(wrong))))
