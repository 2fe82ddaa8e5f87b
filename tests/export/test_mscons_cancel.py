"""Cancellations (13006) of messages that were sent."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.message import Line, Message, MessageWriter, Partner, Quantity
from emtkit.export.mscons.outgoing.cancel import cancel_files, cancellation
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.export.mscons.outgoing.sent import SentMessage
from emtkit.export.mscons.outgoing.to_message import to_interchange, to_message
from emtkit.export.mscons.validate import check_interchanges
from emtkit.model.errors import ConfigError, EmtkitError

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.export.registry import Report

SENDER, RECEIVER = Partner("9900000000011", "500", "293"), Partner("9900000000029", "500", "293")
GAS_SENDER, GAS_RECEIVER = Partner("9800000000013", "502", "332"), Partner("4012345678901", "14", "9")
SENT_AT = datetime(2026, 11, 2, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 8, 0, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 10, 31, 23, tzinfo=UTC)


def reading(document: str, **fields: Any) -> Message:
    usual: dict[str, Any] = {
        "reference": document[-1],
        "release": "2.5",
        "document_code": "7",
        "document": document,
        "date": SENT_AT,
        "pruefidentifikator": "13017",
        "sender": SENDER,
        "receiver": RECEIVER,
        "konfigurations_id": "KONFIG-0001",
        "lines": [Line("1-1:1.8.0", [Quantity(Decimal("777.5"), nutzungszeitpunkt=MIDNIGHT)])],
    }
    return Message(**{**usual, **fields})


def save(path: Path, *messages: Message, application: str = "VL", **fields: Any) -> Path:
    interchange = Interchange(
        reference="EMT1",
        sender=messages[0].sender,
        receiver=messages[0].receiver,
        created=SENT_AT,
        application_reference=application,
        **fields,
    )
    path.write_bytes(interchange.text(map(MessageWriter().text, messages)).encode("latin-1"))
    return path


def cancel(tmp_path: Path, *paths: Path, documents: tuple[str, ...] = ()) -> tuple[Report, list[bytes]]:
    (tmp_path / "out").mkdir(exist_ok=True)
    report = cancel_files(paths, tmp_path / "out", created=NOW, reference="STO1", documents=documents)
    return report, [written.path.read_bytes() for written in report.written if written.path is not None]


def refused(report: Report) -> list[str]:
    return [found.code for found in report.refused]


def valid(data: bytes) -> bool:
    return all(report.valid and not report.warnings for report in check_interchanges(data))


def test_a_reading_is_taken_back(tmp_path: Path) -> None:
    report, (data,) = cancel(tmp_path, save(tmp_path / "a.txt", reading("EMT1-1")))
    assert refused(report) == []
    assert data == (
        b"UNA:+.? 'UNB+UNOC:3+9900000000011:500+9900000000029:500+261103:0800+STO10000000001++VL'"
        b"UNH+1+MSCONS:D:04B:UN:2.5'BGM+7+STO10000000001-1+1'DTM+137:202611030800?+00:303'RFF+ACW:EMT1-1'RFF+Z13:13006'"
        b"NAD+MS+9900000000011::293'NAD+MR+9900000000029::293'UNS+D'NAD+DP'LOC+172'UNT+11+1'UNZ+1+STO10000000001'"
    )
    assert valid(data)


@pytest.mark.parametrize(
    ("pruefidentifikator", "code", "application"),
    [
        ("13002", "7", "VL"),
        ("13009", "7", "EM"),
        ("13009", "Z27", "EM"),
        ("13015", "Z27", "EM"),
        ("13016", "Z28", "EM"),
        ("13016", "Z42", "EM"),
        ("13017", "7", "VL"),
        ("13019", "7", "EM"),
        ("13019", "Z41", "EM"),
        ("13028", "Z85", "EM"),
        ("13019", "270", "EM"),
    ],
)
def test_every_kind_keeps_its_code(tmp_path: Path, pruefidentifikator: str, code: str, application: str) -> None:
    gas = pruefidentifikator in ("13002", "13009")
    partners = {"sender": GAS_SENDER, "receiver": GAS_RECEIVER} if gas else {}
    message = reading("EMT1-1", document_code=code, pruefidentifikator=pruefidentifikator, **partners)
    report, (data,) = cancel(tmp_path, save(tmp_path / "a.txt", message, application=application))
    assert refused(report) == []
    assert f"BGM+{code}+STO10000000001-1+1'".encode() in data
    assert f"++{application}'UNH".encode() in data
    assert valid(data)


def test_time_series_are_not_cancelled(tmp_path: Path) -> None:
    message = reading("EMT1-1", document_code="Z48", pruefidentifikator="13025")
    report, written = cancel(tmp_path, save(tmp_path / "a.txt", message, application="TL"))
    assert refused(report) == ["mscons.cancel.kind"]
    assert written == []


def test_a_test_is_taken_back_by_a_test(tmp_path: Path) -> None:
    real = save(tmp_path / "a.txt", reading("EMT1-1"))
    test = save(tmp_path / "b.txt", reading("EMT2-1"), test=True)
    _, files = cancel(tmp_path, real, test)
    assert [b"++VL++++1'" in data for data in files] == [False, True]


def test_only_the_documents_that_are_named(tmp_path: Path) -> None:
    file = save(tmp_path / "a.txt", reading("EMT1-1"), reading("EMT1-2"), reading("EMT1-3"))
    _, (data,) = cancel(tmp_path, file, documents=("EMT1-3", "EMT1-1"))
    assert [message.cancels for message in read_interchange(data)] == ["EMT1-1", "EMT1-3"]
    with pytest.raises(ConfigError) as caught:
        cancel(tmp_path, file, documents=("EMT1-4",))
    assert caught.value.code == "mscons.cancel.unknown"


def test_what_is_cancelled_stays_cancelled_once(tmp_path: Path) -> None:
    first = save(tmp_path / "a.txt", reading("EMT1-1"), reading("EMT1-2"))
    _, (data,) = cancel(tmp_path, first, first, documents=("EMT1-1",))
    assert data.count(b"UNH+") == 1
    (tmp_path / "storno.txt").write_bytes(data)
    report, (rest,) = cancel(tmp_path, first, tmp_path / "storno.txt")
    assert refused(report) == []
    assert [message.cancels for message in read_interchange(rest)] == ["EMT1-2"]
    report, _ = cancel(tmp_path, first, tmp_path / "storno.txt", documents=("EMT1-1",))
    assert refused(report) == ["mscons.cancel.already"]
    report, _ = cancel(tmp_path, tmp_path / "storno.txt", documents=("STO10000000001-1",))
    assert refused(report) == ["mscons.cancel.cancellation"]


def test_a_folder_gives_its_edifact_files(tmp_path: Path) -> None:
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "readme.md").write_text("no message")
    with pytest.raises(ConfigError) as caught:
        cancel(tmp_path, folder)
    assert caught.value.code == "mscons.sent.none"
    save(folder / "a.txt", reading("EMT1-1"))
    report, (data,) = cancel(tmp_path, folder)
    assert report.frames == data.count(b"UNH+") == 1


def test_the_release_is_that_of_the_day() -> None:
    sent = SentMessage("a", "13017", "7", "EMT1-1", "9", SENT_AT, SENDER.id, RECEIVER.id, ("",), None, "VL", test=False)
    message = cancellation(sent, datetime(2026, 9, 30, 21, 59, tzinfo=UTC), reference="1", document="D")
    assert message.release == "2.4c"
    for wrong, code in (
        ({"document": ""}, "mscons.cancel.document"),
        ({"document_code": "Z06"}, "mscons.cancel.kind"),
        ({"function": "1"}, "mscons.cancel.cancellation"),
        ({"application_reference": "", "pruefidentifikator": "13003"}, "mscons.cancel.kind"),
        ({"sender": "nobody"}, "market_id.partner"),
    ):
        with pytest.raises(EmtkitError) as caught:
            cancellation(sent._replace(**wrong), NOW, reference="1", document="D")  # type: ignore[arg-type]  # any field
        assert caught.value.code.startswith(code.partition(".partner")[0]), wrong
    without = sent._replace(application_reference="")
    assert cancellation(without, NOW, reference="1", document="D").cancels == "EMT1-1"


def test_a_cancellation_is_read_and_written_again(tmp_path: Path) -> None:
    _, (data,) = cancel(tmp_path, save(tmp_path / "a.txt", reading("EMT1-1")))
    reader = read_interchange(data)
    messages = [to_message(message) for message in reader]
    assert to_interchange(reader.envelope).text(map(MessageWriter().text, messages)).encode("latin-1") == data


@given(data=st.data())
def test_any_bytes_give_a_result_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("any")
    whole = save(folder / "a.txt", reading("EMT1-1"), reading("EMT1-2")).read_bytes()
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    if broken:
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at] ^= data.draw(st.integers(0, 255))
    (folder / "a.txt").write_bytes(broken)
    try:
        report, files = cancel(folder, folder / "a.txt")
    except EmtkitError:
        return
    assert all(map(valid, files))
    assert len(files) + len(report.refused) <= 2
