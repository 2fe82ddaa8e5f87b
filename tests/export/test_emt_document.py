"""Generic EMT documents and pushes: stages, what is not invented, and everything read back."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.export.emt_document import Options, Value, read_document, read_documents, read_push, write
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.points import Point, Points

if TYPE_CHECKING:
    from emtkit.export.registry import Report

BOX = "AA:BB:CC:00:00:01"
MELO = "DE0000000000000000000EMT000010001"
POINTS = Points([Point(meter="1EMT0000010001", register="1-0:1.8.0", messlokation=MELO)])


def emt(frames: list[Decoded], points: Points | None = None, **options: Any) -> tuple[bytes, Report]:
    out = io.BytesIO()
    report = write(frames, out, points=points, options=Options(**{"clsbox": BOX, **options}))
    return out.getvalue(), report


def test_the_stages_of_the_fleet(fleet: list[Decoded]) -> None:
    data, report = emt(fleet, POINTS)
    documents = list(read_documents(io.BytesIO(data)))
    assert [refusal.code for refusal in report.refused] == ["emt.type"]  # the damaged telegram is of no protocol
    assert len(documents) == 290
    frames = [frame for frame in fleet if frame.protocol is not None]
    for frame, document, line in zip(frames, documents, data.splitlines(), strict=True):
        assert document.uid == frame.origin.id
        assert document.encrypted == frame.raw
        assert bool(document.obis) == bool(frame.readings)
        assert read_document(line).to_dict() == document.to_dict()
    first = next(document for document in documents if document.ownernumber == "00010001")
    assert (first.type, first.clsbox, first.zpb) == ("omsraw", BOX, MELO)
    assert first.obis["0100010800FF"].u == 30
    closed = next(document for document in documents if document.ownernumber == "00030002")
    assert (closed.obis, closed.unmapped) == ({}, None)


def test_a_push_is_the_telegram(fleet: list[Decoded]) -> None:
    frame = next(frame for frame in fleet if frame.meter is not None and frame.meter.id == "00010001")
    for enc in ("hex", "b64"):
        data, _ = emt([frame], POINTS, form="push", enc=enc)
        push = read_push(data)
        assert (push.typ, push.enc, push.kom, push.mac, push.zpb) == ("wmbus", enc, "clsf", "AABBCC000001", MELO)
        assert push.d == frame.raw
        assert frame.origin.received_at is not None
        assert push.ts == int(frame.origin.received_at.timestamp())


def test_what_is_no_telegram_of_a_meter_bus_is_pushed_as_json(fleet: list[Decoded]) -> None:
    frame = next(frame for frame in fleet if frame.meter is not None and frame.meter.id == "00010001")
    other = Decoded("sml", "complete", frame.meter, readings=frame.readings, origin=frame.origin)
    push = read_push(emt([other], POINTS, form="push", type="basemeter")[0])
    assert (push.typ, push.enc) == ("json", "none")
    assert push.d["0100010800FF"]["u"] == 30


@pytest.mark.parametrize(
    ("code", "options", "origin"),
    [
        ("emt.clsbox", {"clsbox": ""}, {}),
        ("emt.uid", {}, {"id": None}),
        ("emt.time", {"uid": "X-"}, {"received_at": None}),
        ("emt.zpb", {"form": "push"}, {}),
    ],
)
def test_what_is_not_invented(fleet: list[Decoded], code: str, options: dict[str, Any], origin: dict[str, Any]) -> None:
    frame = next(frame for frame in fleet if frame.protocol == "wmbus")
    other = Decoded("wmbus", "complete", frame.meter, origin=Origin(**{**frame.origin._asdict(), **origin}))
    _, report = emt([other], **options)
    assert [refusal.code for refusal in report.refused] == [code]


def test_a_uid_may_be_counted(fleet: list[Decoded]) -> None:
    frame = next(frame for frame in fleet if frame.protocol == "wmbus")
    other = Decoded("wmbus", "opaque", origin=frame.origin._replace(id=None))
    (document,) = read_documents(io.BytesIO(emt([other], uid="BOX1-")[0]))
    assert document.uid == "BOX1-1"


def test_further_keys_and_all_digits_are_kept() -> None:
    text = (
        b'{"version":1,"uid":"u","clsbox":"c","ts":{"device":1,"server":2},"type":"lora","data":{"ownernumber":5,'
        b'"lora":{"lsnr":-8.5},"obis":{"0101010800ff":{"u":30,"v":3462102.00020101}}}}'
    )
    document = read_document(text)
    assert document.obis == {"0101010800FF": Value(30, Decimal("3462102.00020101"))}
    assert document.to_dict()["data"]["lora"] == {"lsnr": Decimal("-8.5")}


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("emt.syntax", b"x"),
        ("emt.syntax", b"[]"),
        ("emt.field", b"{}"),
        ("emt.field", b'{"version":2}'),
        ("emt.field", b'{"version":1,"uid":1,"clsbox":"c","type":"t","data":{}}'),
        ("emt.field", b'{"version":1,"uid":"u","clsbox":"c","type":"t","data":{"raw":{"encrypted":"*"}}}'),
        ("emt.field", b'{"version":1,"uid":"u","clsbox":"c","type":"t","data":{"obis":{"1.8.0":{"u":1,"v":1}}}}'),
    ],
)
def test_documents_that_cannot_be_read(code: str, data: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        read_document(data)
    assert caught.value.code == code


@pytest.mark.parametrize("field", [{"enc": "rot13"}, {"d": "xy"}, {"ts": None}, {"mac": 5}])
def test_pushes_that_cannot_be_read(field: dict[str, Any]) -> None:
    push = {"typ": "wmbus", "enc": "hex", "kom": "clsf", "mac": "A", "zpb": "D", "ts": 1, "d": "44", **field}
    with pytest.raises(DecodeError) as caught:
        read_push(json.dumps(push).encode())
    assert caught.value.code == "emt.field"


@given(st.binary(max_size=40))
def test_any_bytes_give_a_document_or_an_error(data: bytes) -> None:
    for read in (read_document, read_push):
        with suppress(EmtkitError):
            read(data)
