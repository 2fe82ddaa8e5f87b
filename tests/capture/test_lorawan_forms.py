"""Recognising messages by their shape: what is kept of shapes says the same as looking anew, and stays small."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from emtkit.capture.lorawan_envelopes import forms
from emtkit.capture.lorawan_envelopes.forms import PARTS, Lookup, Shaped, form_of
from emtkit.capture.lorawan_envelopes.servers import SERVERS
from emtkit.capture.lorawan_envelopes.write import is_gateway, servers, write_envelope
from emtkit.protocols.lorawan.uplink import Uplink

SERVER_FORMS = [name for name in servers() if not is_gateway(name) and ":" not in name]
BODIES = {
    name: write_envelope(Uplink(name, dev_eui="70B3D5E75E0000AB", dev_addr="260B1234", f_port=2, f_cnt=3, payload=b"x"))
    for name in SERVER_FORMS
}


def at(entry: Any, path: str) -> Any:
    """Return what stands at a path, as the table of servers means it."""
    for name in path.split("."):
        if isinstance(entry, list):
            entry = entry[0] if entry else None
        if not isinstance(entry, dict):
            return None
        entry = entry.get(name)
    return entry


@given(st.sampled_from(SERVER_FORMS), st.data())
def test_a_form_reads_what_the_table_says(name: str, data: st.DataObject) -> None:
    body = json.loads(json.dumps(BODIES[name], default=str))
    for key in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=3)):
        change = data.draw(st.sampled_from(["none", "list", "drop", "last"]))
        value = body.pop(key, None)
        if change != "drop":
            body[key] = None if change == "none" else [value] if change == "list" else value
    found = form_of(body)
    row = next((r for r in SERVERS if any(all(at(body, p) is not None for p in group) for group in r.marks)), None)
    assert (found and found.form.server) == row
    if found is not None and row is not None:
        parts = found.parts(body)
        for number, part in enumerate(PARTS):
            paths: tuple[str, ...] = getattr(row, part)
            assert parts[number] == next((v for v in (at(body, path) for path in paths) if v is not None), None), part


def test_shapes_without_end_are_not_kept() -> None:
    made: list[int] = []

    def make(names: tuple[str, ...]) -> int:
        made.append(len(names))
        return len(names)

    shaped = Shaped(make)
    for number in range(5000):
        assert shaped({f"name{number}": 1}) == 1
    assert len(shaped._known) <= forms._MOST_SHAPES
    for _ in range(2):
        assert shaped(dict.fromkeys(map(str, range(1000)))) == 1000
        assert shaped({"x" * 10_000: 1}) == 1
    assert made.count(1000) == 2
    assert not any(len(names) > 1 or len(names[0]) > 100 for names in shaped._known)


def test_the_first_path_counts_at_which_something_stands() -> None:
    lookup = Lookup.of([("a.b", "c"), ("c",), ("d.e.f",)])
    assert lookup({"a": {"b": None}, "c": 2, "d": [{"e": [{"f": 3}]}]}) == [2, 2, 3]
    assert lookup({"a": [], "d": 7}) == [None, None, None]
    assert lookup.within(("c",))({"c": 1}) == [1, 1, None]
