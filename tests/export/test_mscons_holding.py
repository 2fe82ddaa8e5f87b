"""What holds of several messages: cancellations, and the newest of what was sent again, in any order of the files."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.mscons.incoming.as_capture import read_decoded
from emtkit.export.mscons.incoming.editions import Edition, Lattice, Run, stale_parts
from emtkit.export.mscons.incoming.holding import Holding
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.protocols.registry import series_of

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.capture.source import Capture
    from emtkit.model.decoded import Decoded

SENDER = Partner("9900000000011", "500", "293")
OTHER = Partner("9911111111118", "500", "293")
RECEIVER = Partner("9900000000029", "500", "293")
START = datetime(2026, 10, 31, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)
Texts = dict[int, str]  # quarter hour -> value


def quarters(texts: Texts, code: str = "220") -> list[Quantity]:
    return [
        Quantity(Decimal(text), code, START + at * QUARTER, START + (at + 1) * QUARTER) for at, text in texts.items()
    ]


def message(document: str, made: datetime, values: list[Quantity], **fields: object) -> str:
    head: dict[str, object] = {
        "reference": "1",
        "release": "2.5",
        "document_code": "Z48",
        "document": document,
        "date": made,
        "pruefidentifikator": "13025",
        "sender": SENDER,
        "receiver": RECEIVER,
        "location": "51238696781",
        "begin": values[0].begin if values else None,
        "end": values[-1].end if values else None,
        "lines": [Line("1-1:1.29.0", values)],
    }
    return MessageWriter().text(Message(**{**head, **fields}))  # type: ignore[arg-type]  # a table for all fields


def cancellation(document: str, made: datetime, cancels: str, sender: Partner = SENDER) -> str:
    return (
        f"UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+{document}+1'DTM+137:{made:%Y%m%d%H%M}?+00:303'RFF+ACW:{cancels}'"
        f"RFF+Z13:13006'NAD+MS+{sender.id}::293'NAD+MR+{RECEIVER.id}::293'UNS+D'NAD+DP'LOC+172'UNT+11+1'"
    )


def file_of(*texts: str, made: datetime = START + 3 * DAY) -> bytes:
    interchange = Interchange(
        reference="EMT1", sender=SENDER, receiver=RECEIVER, created=made, application_reference="TL"
    )
    return interchange.text(texts).encode("latin-1")


def decoded_of(*captures: Capture) -> list[Decoded]:
    with Holding(captures) as holding:
        return [decoded for number in range(len(captures)) for decoded in holding.decoded(number)]


def values_of(*captures: Capture) -> dict[int, str]:
    """Return the values that hold, by the number of their quarter hour."""
    found = {}
    for decoded in decoded_of(*captures):
        for series in series_of(decoded):
            for value in series.values:
                at = (value.start - START) // QUARTER
                assert at not in found, "one value for each time"
                found[at] = f"{(value.value or 0) / 1000:f}"
    return found


def codes_of(*captures: Capture) -> list[str]:
    return sorted(finding.code for decoded in decoded_of(*captures) for finding in decoded.diagnostics)


FIRST = START + 2 * DAY
LATER = START + 4 * DAY
LAST = START + 6 * DAY


def test_the_newest_message_holds_for_the_times_that_it_has_whatever_comes_first() -> None:
    old = file_of(message("A", FIRST, quarters({0: "1", 1: "2", 2: "3", 3: "4"})))
    new = file_of(message("B", LATER, quarters({1: "20", 2: "30"}, "67")))
    newest = file_of(message("C", LAST, quarters({2: "300"})))
    for files in permutations([old, new, newest]):
        assert values_of(*files) == {0: "1", 1: "20", 2: "300", 3: "4"}
    findings = [finding for decoded in decoded_of(old, new, newest) for finding in decoded.diagnostics]
    assert [(finding.code, finding.message) for finding in findings] == [
        ("mscons.version.replaced", "2 of 4 values of A replaced by newer values: B, C"),
        ("mscons.version.replaced", "1 of 2 values of B replaced by newer values: C"),
    ]


def test_readings_and_series_say_the_same() -> None:
    old = file_of(message("A", FIRST, quarters({0: "1", 1: "2"})))
    new = file_of(message("B", LATER, quarters({1: "20"})))
    assert [[reading.value for reading in decoded.readings] for decoded in decoded_of(old, new)] == [
        [Decimal(1000)], [Decimal(20000)],
    ]  # fmt: skip
    assert [len(decoded.readings) for decoded in read_decoded(old)] == [2], "one message by itself stays as it is"


def test_messages_of_one_file_and_of_one_date() -> None:
    same = file_of(message("A", FIRST, quarters({0: "1"})), message("B", FIRST, quarters({0: "2"}), reference="2"))
    assert codes_of(same) == []
    assert [len(decoded.readings) for decoded in decoded_of(same)] == [1, 1], "nobody can say which is the newer one"
    assert values_of(file_of(message("A", FIRST, quarters({0: "1"})), message("B", LATER, quarters({0: "2"})))) == {
        0: "2"
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"location": "41373559241"},
        {"sender": OTHER},
        {"lines": [Line("1-1:2.29.0", quarters({0: "2"}))]},
        {"pruefidentifikator": "13027", "document_code": "Z83"},
    ],
)
def test_only_values_of_the_same_register_and_sender_are_replaced(fields: dict[str, object]) -> None:
    old = file_of(message("A", FIRST, quarters({0: "1"})))
    new = file_of(message("B", LATER, quarters({0: "2"}), **fields))
    assert [len(decoded.readings) for decoded in decoded_of(old, new)] == [1, 1]


def test_an_interval_of_another_length_is_another_value() -> None:
    hour = [Quantity(Decimal(9), "220", START, START + 4 * QUARTER)]
    files = file_of(message("A", FIRST, quarters({0: "1"}))), file_of(message("B", LATER, hour))
    assert [len(decoded.readings) for decoded in decoded_of(*files)] == [1, 1]


def test_values_that_are_taken_back_are_gone_and_the_corrected_ones_hold() -> None:
    energy = {"pruefidentifikator": "13019", "document_code": "7", "begin": None, "end": None}

    def of(document: str, made: datetime, text: str) -> str:
        return message(
            document, made, [], **energy, lines=[Line("1-1:1.9.0", [Quantity(Decimal(text), "220", START, FIRST)])]
        )

    wrong, right = file_of(of("A", FIRST, "9")), file_of(of("B", LATER, "7"))
    storno = file_of(cancellation("S", LATER, "A"))
    for files in permutations([wrong, right, storno]):
        held = [reading.value for decoded in decoded_of(*files) for reading in decoded.readings]
        assert held == [Decimal(7000)]
    (gone,) = (decoded for decoded in decoded_of(wrong, storno) if decoded.origin.id == "A")
    assert [finding.message for finding in gone.diagnostics] == [
        "1 of 1 values of A taken back by S: none of its values holds"
    ]
    assert codes_of(wrong, right) == [], "without a cancellation both hold"
    assert [len(decoded.readings) for decoded in decoded_of(wrong, right)] == [1, 1]


def test_what_was_overwritten_holds_again_when_the_newer_message_is_taken_back() -> None:
    old = file_of(message("A", FIRST, quarters({0: "1", 1: "2"})))
    new = file_of(message("B", LATER, quarters({0: "10"})))
    storno = file_of(cancellation("S", LAST, "B"))
    assert values_of(old, new) == {0: "10", 1: "2"}
    for files in permutations([old, new, storno]):
        assert values_of(*files) == {0: "1", 1: "2"}


def test_a_cancellation_is_of_one_sender_and_of_what_came_before() -> None:
    old = file_of(message("A", FIRST, quarters({0: "1"})))
    assert values_of(old, file_of(cancellation("S", LATER, "A", OTHER))) == {0: "1"}
    again = file_of(message("A", LAST, quarters({0: "2"})))
    assert values_of(again, file_of(cancellation("S", LATER, "A"))) == {0: "2"}, "the number was used again"
    assert "mscons.version.no_original" in codes_of(file_of(cancellation("S", LATER, "X")))
    assert "mscons.version.no_original" not in codes_of(file_of(cancellation("S", LATER, "A")), old)


def test_pipes_packed_and_broken_files(tmp_path: Path) -> None:
    import gzip

    old = file_of(message("A", FIRST, quarters({0: "1", 1: "2"})))
    packed = tmp_path / "a.txt.gz"
    packed.write_bytes(gzip.compress(old))
    new = file_of(message("B", LATER, quarters({0: "10"})))
    assert values_of(packed, io.BytesIO(new)) == {0: "10", 1: "2"}
    cut = new[: new.rindex(b"UNT+")]
    assert values_of(packed, cut) == {0: "10", 1: "2"}
    assert "mscons.read.cut" in codes_of(packed, cut)
    assert codes_of(packed, b"no interchange") == ["edifact.truncated"]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6), st.integers(0, 4)), max_size=12))
def test_spans_say_what_values_one_by_one_would_say(made: list[tuple[int, int, int]]) -> None:
    lattice = Lattice(("owner",), 1, 0)
    editions = [
        Edition(Run(lattice, begin, begin + size), number, version, str(number))
        for number, (begin, size, version) in enumerate(made)
    ]
    newest = {
        at: max(edition.version for edition in editions if edition.run.begin <= at < edition.run.end)
        for edition in editions
        for at in range(edition.run.begin, edition.run.end)
    }
    found = {
        (number, at): part.document for number, part in stale_parts(editions) for at in range(part.begin, part.end)
    }
    expected = {
        (edition.message, at)
        for edition in editions
        for at in range(edition.run.begin, edition.run.end)
        if edition.version < newest[at]
    }
    assert found.keys() == expected
    assert all(editions[int(document)].version == newest[at] for (_, at), document in found.items())
