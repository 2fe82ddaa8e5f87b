"""Which payload files are tried for a device: what is remembered is what would be found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from emtkit.protocols.context import Memory
from emtkit.protocols.lorawan.matching import Matching
from emtkit.protocols.lorawan.own import OwnPayloads
from emtkit.protocols.lorawan.payload_file import payload_files

if TYPE_CHECKING:
    from pathlib import Path

    from emtkit.protocols.lorawan.payload_file import PayloadFile

WORDS = sorted({word for file in payload_files().values() for match in file.match for word in match.device})
EUIS = ["70B3D5E75E000001", "A8404100000000AA", "", *sorted(
    prefix.ljust(16, "0") for file in payload_files().values() for match in file.match for prefix in match.dev_eui
)]  # fmt: skip
NAMES = st.lists(st.sampled_from([*WORDS, "x", "meter 7", "-", "Keller"]), max_size=3).map(" ".join)


def weighed(texts: list[str | None], dev_eui: str, join_eui: str) -> list[PayloadFile]:
    """Return what the rule of the payload files says, without anything remembered."""
    known = payload_files()
    words = " ".join(filter(None, texts)).lower()
    pairs = [(file.weight(words, dev_eui, join_eui), file) for file in known.values()]
    found = [file for weight, file in sorted(pairs, key=lambda pair: -pair[0]) if weight]
    return found or [file for file in known.values() if file.alone]


@given(st.lists(st.tuples(NAMES, NAMES, st.sampled_from(EUIS)), min_size=1, max_size=6))
def test_what_is_found_is_what_the_files_say(devices: list[tuple[str, str, str]]) -> None:
    memory = Memory()
    for profile, name, dev_eui in devices * 2:
        found = memory.of(Matching).find((None, profile, name, dev_eui, None, dev_eui, None), memory)
        expected = weighed([None, profile, name], dev_eui, "")
        assert [file.name for file in found] == [file.name for file in expected]


def test_a_named_file_comes_first_and_files_may_come_later(tmp_path: Path) -> None:
    memory = Memory()
    device = (None, "somebody", None, "70B3D5E75E000002", None, None, None)
    before = memory.of(Matching).find(device, memory)
    assert all(file.alone for file in before)
    (tmp_path / "fleet.toml").write_text('[[device]]\ndevice = "70B3D5E7*"\npayload = "holley"\n')
    memory.of(OwnPayloads).load(tmp_path)
    assert [file.name for file in memory.of(Matching).find(device, memory)] == ["holley"]
    named = ("zenner_sp1", None, None, None, None, None, None)
    assert [file.name for file in memory.of(Matching).find(named, memory)] == ["zenner_sp1"]


def test_a_word_that_stands_over_two_names_is_still_found() -> None:
    memory = Memory()
    found = memory.of(Matching).find((None, "Axioma", "Qalcosonic W1", None, None, None, None), memory)
    assert found == weighed([None, "Axioma", "Qalcosonic W1"], "", "")
