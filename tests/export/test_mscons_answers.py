"""CONTRL and APERAK: what a received interchange is answered with, and what partners answered, read again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.mscons.answers import answer, read_answers, read_sent
from emtkit.export.mscons.answers.codes import LEVELS
from emtkit.export.mscons.answers.sent import segments_at
from emtkit.export.mscons.outgoing.interchange import References
from emtkit.export.mscons.validate import Roles, check_interchanges
from emtkit.model.errors import EmtkitError, EncodeError

if TYPE_CHECKING:
    from emtkit.export.mscons.answers import Answers

CREATED = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
READING = (
    b"UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+EMT1++VL'"
    b"UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+EMT1-1+9'DTM+137:202611030800?+00:303'RFF+Z13:13017'"
    b"NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'UNS+D'NAD+DP'LOC+172+DE00014559929E00856996N5139699L01'"
    b"RFF+MG:1EMT0012345678'LIN+1'PIA+5+1-1?:1.8.0:SRW'QTY+67:777.5'DTM+7:202611012300?+00:303'STS+Z32++ZJ2'"
    b"STS+Z40++Z75'UNT+17+1'UNZ+1+EMT1'"
)
GAS = (
    b"UNA:+.? 'UNB+UNOC:3+9800000000013:502+9800000000021:502+261103:0800+EMT2++VL'"
    b"UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+EMT2-1+9'DTM+137:202611030800?+00:303'RFF+Z13:13002'"
    b"NAD+MS+9800000000013::332'NAD+MR+9800000000021::332'UNS+D'NAD+DP'LOC+172+DE00014559929E00856996N5139699L01'"
    b"RFF+MG:7EMT0012345678'LIN+1'PIA+5+7-0?:3.0.0:SRW'QTY+220:4711.5'DTM+7:202611010500?+00:303'UNT+15+1'UNZ+1+EMT2'"
)


def answered(data: bytes, **options: Any) -> Answers:
    (report,) = check_interchanges(data, heads=True)
    return answer(report, **{"created": CREATED, "references": References("ANS"), **options})


def lines(text: str) -> list[str]:
    """Return the segments between UNH and UNT."""
    raw = [segment.raw.decode("latin-1") for segment in read_segments(text.encode("latin-1"))]
    return raw[2:-2]


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    return data.replace(old, new, 1)


def test_an_error_of_the_ahb_is_told_with_its_place() -> None:
    (file,) = answered(changed(READING, b"777.5", b"777.5555")).files
    assert file.name == "APERAK__9900000000029_9900000000011_20261104_ANS00000000001.txt"
    assert (file.kind, file.accepted, file.rejected) == ("APERAK", 0, 1)
    assert file.text.startswith("UNA:+.? 'UNB+UNOC:3+9900000000029:500+9900000000011:500+261104:0930+ANS00000000001'")
    assert lines(file.text) == [
        "BGM+313+ANS00000000001-1",
        "DTM+137:202611040930?+00:303",
        "RFF+ACE:EMT1",
        "DTM+171:202611030800?+00:303",
        "RFF+AGO:EMT1-1",
        "NAD+MS+9900000000029::293",
        "NAD+MR+9900000000011::293",
        "ERC+Z35",
        "FTX+ABO+++777.5555",
        "RFF+AGO:EMT1-1",
        "FTX+AAO+++[906] Format?: max. 3 Nachkommastellen",
        "FTX+Z02+++Mengenangaben:QTY?+67?:777.5555",
    ]


def test_what_is_missing_has_a_name_and_no_text() -> None:
    data = changed(READING, b"STS+Z40++Z75'", b"").replace(b"UNT+17", b"UNT+16")
    (file,) = answered(data).files
    assert lines(file.text)[7:] == [
        "ERC+Z29",
        "RFF+AGO:EMT1-1",
        "FTX+AAO+++13017 SG10 STS?+Z40 Muss [92]; [92] Wenn SG10 QTY DE6063 mit Wert 67 vorhanden",
        "FTX+Z02+++Grund der Ersatzwertbildung",
    ]


def test_an_inverted_interval_is_given_with_both_times() -> None:
    energy = (
        changed(READING, b"++VL'", b"++EM'")
        .replace(b"13017", b"13019")
        .replace(b"DTM+7:202611012300?+00:303'", b"DTM+163:202611012300?+00:303'DTM+164:202610312300?+00:303'")
        .replace(b"RFF+MG:1EMT0012345678'", b"")
        .replace(b"1.8.0", b"1.9.0")
        .replace(b"DE00014559929E00856996N5139699L01", b"51238696781")
    )
    (file,) = answered(energy).files
    at = lines(file.text).index("ERC+Z34")
    assert lines(file.text)[at + 1] == "FTX+ABO+++DTM?+163?:202611012300???+00?:303:DTM?+164?:202610312300???+00?:303"
    assert not [line for line in lines(file.text)[at:] if line.startswith("FTX+Z02")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # of the interchange
        (b"UNZ+1+", b"UNZ+2+", ["UCI+EMT1+9900000000011:500+9900000000029:500+4+29+UNZ+2"]),
        (b"UNZ+1+EMT1'", b"UNZ+1+EMT2'", ["UCI+EMT1+9900000000011:500+9900000000029:500+4+28+UNZ+3"]),
        (b"UNZ+1+EMT1'", b"", ["UCI+EMT1+9900000000011:500+9900000000029:500+4+13+UNZ"]),
        (b"261103:0800", b"261103:2500", ["UCI+EMT1+9900000000011:500+9900000000029:500+4+12+UNB+5"]),
        (b"++VL'", b"++XX'", ["UCI+EMT1+9900000000011:500+9900000000029:500+4+12+UNB+8"]),
        # of UNH and UNT
        (b"UNT+17+1", b"UNT+18+1", ["UCM+1+MSCONS:D:04B:UN:2.5+4+29+UNT+2"]),
        (b"UNT+17+1", b"UNT+17+2", ["UCM+1+MSCONS:D:04B:UN:2.5+4+28+UNT+3"]),
        (b"UNT+17+1'", b"", ["UCM+1+MSCONS:D:04B:UN:2.5+4+13+UNT"]),
        (b"UN:2.5", b"UN:2.2e", ["UCM+1+MSCONS:D:04B:UN:2.2e+4+12+UNH+3:5"]),
        # of segments
        (b"UNS+D'", b"", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+6+13"]),
        (b"RFF+Z13:13017'", b"", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+3+13"]),
        (b"UNS+D'", b"CTA+IC'UNS+D'", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+7+15"]),
        (b"STS+Z32++ZJ2'", b"STS+Z32++ZJ2'STS+Z32++ZJ2'", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+16+35"]),
        (b"LOC+172", b"LOC+172'LOC+172", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+10+36"]),
        (b"LIN+1'", b"LIN+1+2'", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+11+16"]),
        # of data elements
        (b"RFF+Z13:13017", b"RFF+Z13:13024", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+4", "UCD+12+2:2"]),
        (b"QTY+67:777.5", b"QTY+67:777,5", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+13", "UCD+19+2:2"]),
        (b"QTY+67:777.5", b"QTY+67:.5", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+13", "UCD+38+2:2"]),
        (b"QTY+67:777.5", b"QTY+67:many", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+13", "UCD+37+2:2"]),
        (b"QTY+67", b"QTY+999", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+13", "UCD+12+2:1"]),
        (b"LIN+1'", b"LIN+1234567'", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+11", "UCD+39+2"]),
        (b"BGM+7+EMT1", b"BGM+7+EM\x80", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+2", "UCD+21+3:1"]),
        (b"DTM+7:202611012300", b"DTM+7:202613012300", ["UCM+1+MSCONS:D:04B:UN:2.5+4", "UCS+14", "UCD+12+2:2"]),
    ],
)
def test_wrong_syntax_is_told_with_its_position(old: bytes, new: bytes, said: list[str]) -> None:
    data = changed(READING, old, new)
    if len(said) > 1 and b"UNT+17+1'" in data:  # the control count is not what is asked for
        number = sum(1 for _ in read_segments(data)) - 2
        data = data.replace(b"UNT+17", b"UNT+%d" % number)
    (file,) = answered(data).files
    assert file.kind == "CONTRL"
    assert file.name.startswith("CONTRL__9900000000029_9900000000011_20261104_")
    assert "UNH+1+CONTRL:D:3:UN:2.0b'" in file.text
    body = lines(file.text)
    head = [] if said[0].startswith("UCI") else ["UCI+EMT1+9900000000011:500+9900000000029:500+4"]
    assert body[: len(head) + len(said)] == head + said


def test_codes_stand_at_levels_that_have_them() -> None:
    for old, new in [
        (b"UNZ+1+EMT1", b"UNZ+x1234567+EMT1"),
        (b"UNH+1+", b"UNH+12345678901234567+"),
        (b"UNT+17", b"UNT+x"),
    ]:
        for file in answered(changed(READING, old, new)).files:
            for segment in read_segments(file.text.encode()):
                at = {"UCI": 5, "UCM": 4, "UCS": 2, "UCD": 1}.get(segment.tag)
                if at is not None and segment.get(at):
                    assert segment.get(at) in LEVELS[segment.tag]  # type: ignore[index]  # one of the four


def test_gas_is_answered_in_any_case() -> None:
    (file,) = answered(GAS).files
    assert file.kind == "CONTRL"
    assert lines(file.text) == ["UCI+EMT2+9800000000013:502+9800000000021:502+7"]
    contrl, aperak = answered(changed(GAS, b"4711.5", b"4711.55555")).files
    assert lines(contrl.text) == ["UCI+EMT2+9800000000013:502+9800000000021:502+7"]
    assert "ERC+Z35" in lines(aperak.text)
    assert "NAD+MS+9800000000021::332" in lines(aperak.text)
    assert (contrl.reference, aperak.reference) == ("ANS00000000001", "ANS00000000002")


def test_electricity_is_accepted_only_when_told_to() -> None:
    assert answered(READING) == ([], [])
    (file,) = answered(READING, acknowledge=True).files
    assert (file.accepted, file.rejected) == (1, 0)
    assert lines(file.text) == [
        "BGM+312+ANS00000000001-1",
        "DTM+137:202611040930?+00:303",
        "RFF+ACE:EMT1",
        "DTM+171:202611030800?+00:303",
        "RFF+AGO:EMT1-1",
        "NAD+MS+9900000000029::293",
        "NAD+MR+9900000000011::293",
    ]
    assert [each.kind for each in answered(GAS, acknowledge=True).files] == ["CONTRL"]


def test_one_file_answers_several_messages() -> None:
    body = READING[READING.index(b"UNH") : READING.index(b"UNZ")]
    second = body.replace(b"UNH+1", b"UNH+2").replace(b"UNT+17+1", b"UNT+17+2").replace(b"EMT1-1", b"EMT1-2")
    data = READING.replace(body, body.replace(b"777.5", b"777.5555") + second).replace(b"UNZ+1", b"UNZ+2")
    (file,) = answered(data, acknowledge=True).files
    assert (file.accepted, file.rejected) == (1, 1)
    given = list(read_answers(file.text.encode("latin-1")))
    assert [(each.verdict, each.document, each.interchange) for each in given] == [
        ("rejected", "EMT1-1", "EMT1"),
        ("accepted", "EMT1-2", "EMT1"),
    ]
    assert file.text.endswith("UNZ+2+ANS00000000001'")


def test_what_has_no_code_is_not_told_and_not_accepted() -> None:
    data = changed(READING, b"NAD+MS+9900000000011", b"NAD+MS+9900000000003")
    files, untold = answered(data, acknowledge=True)
    assert files == []
    assert [finding.code for finding in untold] == ["mscons_check.reference"]


def test_a_message_without_document_number_cannot_be_answered() -> None:
    files, untold = answered(changed(READING, b"EMT1-1+9", b"+9"))
    assert files == []
    assert {finding.code for finding in untold} == {"mscons_check.missing"}


def test_a_test_is_answered_with_a_test() -> None:
    (file,) = answered(changed(READING, b"++VL'", b"++VL++++1'"), acknowledge=True).files
    assert "+ANS00000000001++++++1'" in file.text


def test_the_same_input_gives_the_same_bytes() -> None:
    data = changed(READING, b"777.5", b"777.5555")
    assert answered(data) == answered(data)


@pytest.mark.parametrize(
    ("data", "code", "options"),
    [
        (READING.replace(b"UNB+", b"UNC+"), "mscons_answer.unb", {}),
        (READING.replace(b":500", b":14").replace(b"13017", b"13014"), "mscons_answer.sparte", {}),
        (READING.replace(b"777.5", b"7.5555"), "mscons_answer.release", {"created": datetime(2026, 9, 30, tzinfo=UTC)}),
    ],
)
def test_what_cannot_be_answered(data: bytes, code: str, options: dict[str, Any]) -> None:
    with pytest.raises(EncodeError) as refused:
        answered(data, **options)
    assert refused.value.code == code


def test_a_gln_needs_the_sparte() -> None:
    data = READING.replace(b":500", b":14").replace(b"13017", b"13014")
    assert [file.kind for file in answered(data, sparte="gas").files] == ["CONTRL", "APERAK"]
    assert [file.kind for file in answered(data, sparte="electricity").files] == ["APERAK"]
    # the use case says it
    assert [file.kind for file in answered(GAS.replace(b":502", b":14")).files] == ["CONTRL"]


def test_a_report_without_messages_is_refused() -> None:
    (report,) = check_interchanges(READING)
    with pytest.raises(EncodeError) as refused:
        answer(report, created=CREATED, references=References("ANS"))
    assert refused.value.code == "mscons_answer.heads"


def test_a_date_in_the_future_is_told_when_the_file_came_before_it() -> None:
    (report,) = check_interchanges(READING, received_at=datetime(2026, 11, 3, 7, tzinfo=UTC), heads=True)
    assert [(finding.code, finding.rule) for finding in report.errors] == [("mscons_check.time", "[494]")]
    (report,) = check_interchanges(READING, received_at=datetime(2026, 11, 3, 8, tzinfo=UTC))
    assert report.valid
    assert "494" not in report.undecided


def test_roles_decide_conditions() -> None:
    (report,) = check_interchanges(READING, roles=Roles("MSB", "NB"))
    assert report.valid
    assert set(report.undecided) == {"494"}
    (report,) = check_interchanges(READING, roles=Roles("LF", "MSB"))
    assert [(finding.code, finding.value) for finding in report.errors] == [("mscons_check.value", "67")]


def test_an_answer_is_read_again() -> None:
    data = changed(READING, b"QTY+67:777.5", b"QTY+67:777,5")
    (file,) = answered(data).files
    (given,) = read_answers(file.text.encode("latin-1"))
    assert (given.kind, given.release, given.verdict, given.interchange) == ("CONTRL", "2.0b", "rejected", "EMT1")
    assert (given.sender, given.receiver, given.reference) == ("9900000000029", "9900000000011", "ANS00000000001")
    assert given.created == CREATED
    (error,) = given.errors
    assert (error.code, error.message, error.segment, error.element) == ("19", "1", "13", "2:2")
    assert error.meaning == "Ungültige Dezimalschreibung"
    assert segments_at(data, "EMT1", [("1", 13)]) == {("1", 13): "QTY+67:777,5"}
    assert given.unread == []

    (file,) = answered(changed(READING, b"777.5", b"777.5555")).files
    (given,) = read_answers(file.text.encode("latin-1"))
    (error,) = given.errors
    assert (given.verdict, given.document, given.name) == ("rejected", "EMT1-1", "ANS00000000001-1")
    assert (error.code, error.segment, error.content) == ("Z35", "Mengenangaben", "777.5555")
    assert error.description == "[906] Format: max. 3 Nachkommastellen"


def test_an_answer_of_a_partner_that_says_more() -> None:
    text = (
        "UNB+UNOC:3+9900000000029:500+9900000000011:500+261104:0930+X1'UNH+1+APERAK:D:07B:UN:2.1i'BGM+313+A1'"
        "DTM+137:202611040930?+00:303'RFF+ACE:EMT1'DTM+171:202611030800?+00:303'RFF+AGO:EMT1-1'RFF+TN:V1'"
        "NAD+MS+9900000000029::293'CTA+IC+:Clearing'NAD+MR+9900000000011::293'ERC+Z10'FTX+ABO+++51238696781'"
        "RFF+ACW:1'RFF+AGO:EMT1-1'ERC+Z99'FTX+AAO+++warum auch immer'UNT+16+1'UNZ+1+X1'"
    )
    (given,) = read_answers(text.encode())
    assert [(error.code, error.meaning, error.content) for error in given.errors] == [
        ("Z10", "ID unbekannt", "51238696781"),
        ("Z99", "", ""),
    ]
    assert given.errors[1].description == "warum auch immer"
    assert given.vorgang == "V1"
    assert given.unread == ["CTA+IC+:Clearing"]


def test_the_heads_of_sent_files() -> None:
    (sent,) = read_sent(READING)
    assert (sent.reference, sent.sender, sent.receiver) == ("EMT1", "9900000000011", "9900000000029")
    message = sent.message_of("EMT1-1")
    assert message is not None
    assert (message.pruefidentifikator, message.location) == ("13017", "DE00014559929E00856996N5139699L01")
    assert sent.message_of("EMT1-2") is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (READING, "mscons_answer.type"),
        (b"UNH+1+CONTRL:D:3:UN:2.0b'UNT+2+1'", "mscons_answer.envelope"),
        (b"UNB+UNOC:3+1+2+261104:0930+X1'UCI+1'", "mscons_answer.envelope"),
        (b"hello", "edifact.truncated"),
    ],
)
def test_what_is_no_answer(data: bytes, code: str) -> None:
    with pytest.raises(EmtkitError) as refused:
        list(read_answers(data))
    assert refused.value.code == code


@given(at=st.integers(0, len(READING) - 1), value=st.integers(0, 255))
def test_any_byte_gives_answers_or_an_error(at: int, value: int) -> None:
    data = bytearray(READING)
    data[at] = value
    for report in check_interchanges(bytes(data), heads=True):
        try:
            files = answer(report, created=CREATED, references=References("ANS"), acknowledge=True).files
        except EmtkitError:
            continue
        for file in files:
            assert list(read_answers(file.text.encode("latin-1")))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    for start in (b"", b"UNB+UNOC:3+1+2+261104:0930+X1'UNH+1+APERAK'", b"UNB+UNOC:3+1+2+261104:0930+X1'UNH+1+CONTRL'"):
        try:
            given = list(read_answers(start + noise))
        except EmtkitError:
            continue
        assert all(each.to_dict() for each in given)
