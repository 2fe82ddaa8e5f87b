"""MSCONS of the corpus, read: the numbers that are expected, and the same bytes when written again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from emtkit.export.edifact.service import ServiceString
from emtkit.export.mscons.incoming.as_capture import read_decoded
from emtkit.export.mscons.incoming.read import read_interchange
from emtkit.export.mscons.incoming.summary import summarise, to_dict
from emtkit.export.mscons.message import MessageWriter
from emtkit.export.mscons.outgoing.to_message import to_interchange, to_message
from emtkit.export.mscons.use_cases import USE_CASES
from emtkit.model.errors import EncodeError
from emtkit.protocols.registry import series_of

Loader = Callable[[str], list[dict[str, Any]]]
CORPUS = "market/mscons_messages.jsonl"
# skeletons whose interchange is repeated inside the message; one has a character that is not in ISO 8859-1
BROKEN = ("fixgen-", "bad-charset")


def bytes_of(row: dict[str, Any]) -> bytes:
    return str(row["text"]).encode("latin-1", "replace")


def as_sent(text: str | None) -> str | None:
    """Return ISO 8601 (`2026-10-31T23:00:00+00:00`) as the corpus has it: `202610312300+00`."""
    if text is None:
        return None
    digits = text.replace("-", "", 2).replace(":", "").replace("T", "")
    return digits if len(digits) == 8 else digits[:12] + digits[14:17]


def test_every_message_gives_its_expected_numbers(corpus: Loader, say: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    for row in corpus(CORPUS):
        if row["id"].startswith(BROKEN):
            continue
        reader = read_interchange(bytes_of(row))
        expected = iter(row["expected"]["messages"])
        for message in reader:
            wanted = next(expected)
            found = to_dict(summarise(message), row["id"])
            assert (message.reference, message.document_code, message.document, message.function, message.segments) == (
                wanted["ref"], wanted["bgm"], wanted["doc"], wanted["function"], wanted["segments"],
            ), row["id"]  # fmt: skip
            assert (found["pid"], found["release"], found["locations"], found["configuration_ids"], found["obis"]) == (
                wanted["pid"], wanted["version"], wanted["locations"], wanted["config_ids"], wanted["obis"],
            ), row["id"]  # fmt: skip
            assert (found["values"], found["quality"]) == (wanted["values"], wanted["qty"]), row["id"]
            assert found["sum"] == (None if wanted["sum"] is None else Decimal(wanted["sum"])), row["id"]
            if not row["id"].startswith("bad-"):  # with mixed zones the corpus has the least text, not the first moment
                assert (as_sent(found["first"]), as_sent(found["last"])) == (wanted["first"], wanted["last"]), row["id"]
            assert message.sender.id in ("", row["expected"]["sender"]) or row["id"].startswith(("bad-", "pub-"))
            counts["messages"] += 1
            counts["values"] += wanted["values"]
        assert next(expected, None) is None, row["id"]
        envelope = reader.envelope
        assert (envelope.sender.id, envelope.receiver.id, envelope.reference, envelope.application_reference) == (
            row["expected"]["sender"], row["expected"]["receiver"], row["expected"]["ref"], row["expected"]["appref"],
        ), row["id"]  # fmt: skip
    say(f"MSCONS read with the expected numbers: {counts['messages']} messages, {counts['values']} values")
    assert counts["messages"] >= 165


def test_real_and_conforming_files_have_no_findings(corpus: Loader) -> None:
    for row in corpus(CORPUS):
        if not row["id"].startswith(("real-", "syn-", "conuti-")):
            continue
        found = [finding.code for decoded in read_decoded(bytes_of(row)) for finding in decoded.diagnostics]
        assert set(found) <= {"mscons.read.cancellation"}, row["id"]


def test_every_value_of_a_real_or_conforming_file_is_in_a_series(corpus: Loader) -> None:
    for row in corpus(CORPUS):
        if not row["id"].startswith(("real-", "syn-")):
            continue
        for decoded, wanted in zip(read_decoded(bytes_of(row)), row["expected"]["messages"], strict=True):
            series = series_of(decoded)
            values = [value.value for each in series for value in each.values]
            assert (len(decoded.readings), len(values)) == (wanted["values"], wanted["values"]), row["id"]
            assert {each.unit for each in series} <= {"Wh", "varh", "m3", "W"}, row["id"]
            assert None not in values, row["id"]


def test_files_are_written_again_byte_for_byte(corpus: Loader, say: Callable[[str], None]) -> None:
    counts: Counter[str] = Counter()
    for row in corpus(CORPUS):
        kind = str(row["id"]).partition("-")[0]
        if kind not in ("real", "syn") or {each["pid"] for each in row["expected"]["messages"]} - set(USE_CASES):
            continue
        reader = read_interchange(bytes_of(row))
        messages = [to_message(message) for message in reader]
        writer = MessageWriter(reader.envelope.service)
        text = to_interchange(reader.envelope).text(map(writer.text, messages))
        plain = str(row["text"]).replace("\r\n", "")
        plain = plain if plain.startswith("UNA") else ServiceString().una + plain
        counts[f"{kind} {'equal' if text == plain else 'different'}"] += 1
        if text != plain:  # real files have DTM+7 before DTM+9; the MIG has 9 first
            assert kind == "real", row["id"]
            assert sorted(text.split("'")) == sorted(plain.split("'")), row["id"]
    say(f"MSCONS read and written again: {dict(counts)}")
    assert counts["syn equal"] >= 19


def test_no_file_ends_badly(corpus: Loader) -> None:
    for row in corpus(CORPUS):
        for decoded in read_decoded(bytes_of(row)):
            series_of(decoded)
            decoded.to_dict()
        try:
            for message in read_interchange(bytes_of(row)):
                to_message(message)
        except EncodeError:
            continue
