"""Every error has a code, says where, and survives the way to another process."""

from __future__ import annotations

import pickle

import pytest

from emtkit.model import errors
from emtkit.model.decoded import Decoded, Origin
from emtkit.model.errors import DecodeError, EmtkitError, NoProtocolMatched, Truncated

ALL = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, EmtkitError)),
    key=lambda kind: kind.__name__,
)
SIMPLE = [kind for kind in ALL if kind is not NoProtocolMatched]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {word.strip("│├└─ ").split()[0] for word in (errors.__doc__ or "").splitlines() if "─" in word}
    assert drawn | {"EmtkitError"} == {kind.__name__ for kind in ALL}


@pytest.mark.parametrize("kind", SIMPLE)
def test_parts_and_text(kind: type[EmtkitError]) -> None:
    error = kind("mbus.record.truncated", "need 6 bytes, have 2", field="records[3].data", start=41, end=43)
    assert str(error) == "need 6 bytes, have 2 [mbus.record.truncated]"
    assert (error.layer, error.field, error.start, error.end) == ("mbus", "records[3].data", 41, 43)
    assert kind("a.b", "c", layer="wmbus.link").layer == "wmbus.link"


@pytest.mark.parametrize("kind", SIMPLE)
def test_errors_can_be_pickled(kind: type[EmtkitError]) -> None:
    error = kind("a.b", "message", layer="x", field="y", start=1, end=2)
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(twin) is kind
    assert vars(twin) == vars(error)
    assert str(twin) == str(error)


def test_no_protocol_matched_keeps_every_reason() -> None:
    error = NoProtocolMatched({"mbus": "no start byte", "wmbus": "length 3, need 10"}, size=3)
    assert error.code == "decode.no_protocol"
    assert error.message == "no protocol takes these 3 bytes (mbus: no start byte; wmbus: length 3, need 10)"
    assert pickle.loads(pickle.dumps(error)).reasons == error.reasons  # noqa: S301 - our own bytes
    assert "no protocol recognises them" in NoProtocolMatched({}, size=0).message


def test_an_error_becomes_a_failed_result() -> None:
    error = Truncated("wmbus.link.truncated", "m_field needs 2 bytes at offset 2, 1 left", start=2, end=3)
    failed = Decoded.from_error(error, b"\x0a\x44\x93", Origin(source="night.txt", line=7, id="a1"))
    assert failed.state == "failed"
    assert failed.protocol is None
    row = failed.to_dict()
    assert row["id"] == "a1"
    assert row["readings"] == []
    assert row["diagnostics"] == [
        {"severity": "error", "code": "wmbus.link.truncated", "layer": "wmbus", "field": "", "start": 2, "end": 3,
         "message": "m_field needs 2 bytes at offset 2, 1 left"}
    ]  # fmt: skip
    assert isinstance(error, DecodeError)
