"""The key ring and its files."""

from __future__ import annotations

import pickle
import time
import traceback
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtkit.keys import ANY, GivenKeys, KeyEntry, KeyRing, MeterMatch, parse_meter
from emtkit.keys.files import COLUMNS, read_csv, read_toml
from emtkit.keys.summary import Duplicate, summarise_keys
from emtkit.model.decoded import Decoded, Security, Verdict
from emtkit.model.errors import ConfigError, EmtkitError
from emtkit.model.key import Key, NoKeys
from emtkit.model.meter_id import MeterId

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "00112233445566778899AABBCCDDEEFF"
KAM = MeterId.of("KAM", "12345678", 0x1B, 0x07)
HEX_ID = MeterId.of("SAP", "2124589c", 0x4C, 0x07)


def hexkey(number: int) -> str:
    return f"{number:032X}"


def tried(ring: KeyRing, meter: MeterId | None, use: str = "encryption") -> list[int]:
    return [int.from_bytes(key.value, "big") for key in ring.candidates(meter, use)]


# --- which keys, in which order -----------------------------------------------------------------


def test_the_most_specific_key_is_tried_first() -> None:
    ring = KeyRing(
        KeyEntry(match, (Key.from_hex(hexkey(number)),))
        for number, match in enumerate(
            (
                ANY,
                MeterMatch(manufacturer="KAM"),
                MeterMatch(id="12*"),
                MeterMatch(id="1234*"),
                MeterMatch(id="12345678"),
                MeterMatch("KAM", "12345678"),
                MeterMatch("KAM", "12345678", 0x1B),
                MeterMatch("KAM", "12345678", 0x1B, 0x07),
                MeterMatch("KAM", "12345678", 0x1C),
                MeterMatch("ELS", "12345678"),
            )
        )
    )
    assert tried(ring, KAM) == [7, 6, 5, 4, 3, 2, 1, 0]
    assert tried(ring, MeterId.of("KAM", "99999999", 0, 7)) == [1, 0]
    assert tried(ring, None) == [0]


def test_several_keys_for_one_meter_are_tried_in_the_order_of_the_file_and_each_once() -> None:
    ring = KeyRing.of({"12345678": [hexkey(3), hexkey(1), hexkey(3)], "KAM 12345678": hexkey(1)})
    assert isinstance(ring, KeyRing)
    assert tried(ring, KAM) == [1, 3]


def test_a_failure_changes_nothing() -> None:
    ring = KeyRing.of({"12345678": [hexkey(1), hexkey(2)]})
    assert isinstance(ring, KeyRing)
    assert [tried(ring, KAM) for _ in range(3)] == [[1, 2]] * 3


def test_a_match_of_other_version_or_type_is_none() -> None:
    ring = KeyRing([KeyEntry(MeterMatch("KAM", "12345678", 0x1C), (Key.from_hex(SECRET),))])
    assert ring.candidates(KAM) == ()


@pytest.mark.parametrize("written", ["SAP 2124589C", "sap 2124589c", "2124589c", "SAP2124589C", "21 24 58 9C", "2124*"])
def test_letters_in_serial_numbers_match_in_any_case(written: str) -> None:
    ring = KeyRing.of({written: SECRET})
    assert len(ring.candidates(HEX_ID)) == 1


def test_leading_zeros_that_a_spreadsheet_took_away_do_not_matter() -> None:
    ring = KeyRing(read_csv(f"id;key\n4711;{SECRET}\n", "keys.csv"))
    assert len(ring.candidates(MeterId.of("KAM", "00004711", 1, 7))) == 1


def test_a_din_identifier_finds_the_meter_with_and_without_its_medium() -> None:
    ring = KeyRing.of({"8 KAM 00 12345678": SECRET})
    assert len(ring.candidates(KAM)) == 1
    radio_converter = MeterId.of("KAM", "12345678", 1, 0x37)  # its device type has no medium
    assert len(ring.candidates(radio_converter)) == 1
    assert ring.candidates(MeterId.of("KAM", "12345678", 1, 0x04)) == ()  # heat is another identifier


def test_an_identifier_that_is_not_made_of_the_id_is_found_too() -> None:
    server = MeterId("EMH", "0A01454D480000BC614E", identifier="1EMH0012345678")
    assert len(KeyRing.of({"1EMH0012345678": SECRET}).candidates(server)) == 1
    assert len(KeyRing.of({"0A 01 45 4D 48 00 00 BC 61 4E": SECRET}).candidates(server)) == 1


def test_authentication_keys_are_a_second_drawer() -> None:
    ring = KeyRing(
        read_toml(
            f'[[key]]\nsystem_title = "4B46 4D10 2001 2345"\nkey = "{hexkey(1)}"\nauthentication_key = "{hexkey(2)}"',
            "k",
        )
    )
    meter = MeterId(None, "4b464d1020012345")
    assert tried(ring, meter) == [1]
    assert tried(ring, meter, "authentication") == [2]


def test_a_cached_look_up_takes_less_than_a_microsecond_and_the_cache_is_limited() -> None:
    ring = KeyRing.of({f"{number:08d}": hexkey(number) for number in range(1000)} | {"*": SECRET})
    meter = MeterId.of("KAM", "00000500", 1, 7)
    assert isinstance(ring, KeyRing)
    assert len(tried(ring, meter)) == 2
    best = min(_seconds(lambda: ring.candidates(meter), 10000) for _ in range(5))
    assert best / 10000 < 3e-6  # measured 0.4 µs; the limit leaves room for a busy machine
    for number in range(70000):
        ring.candidates(MeterId("XYZ", f"{number:08d}"))
    assert len(ring._cache) <= 65536


def _seconds(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - start


def test_keys_of_a_frame_come_before_the_ring() -> None:
    own = GivenKeys((Key.from_hex(hexkey(1)), Key.from_hex(hexkey(2))))
    ring = KeyRing.of([hexkey(2), hexkey(3)])
    together = own.before(ring)
    assert [int.from_bytes(key.value, "big") for key in together.candidates(KAM)] == [1, 2, 3]
    assert own.candidates(None) == own.encryption
    assert together.candidates(KAM, "authentication") == ()


# --- what Python callers may give ---------------------------------------------------------------


def test_python_callers_may_give_many_things(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'[default]\nkey = "{SECRET}"\n')
    raw = bytes.fromhex(SECRET)
    for given_keys in (
        SECRET,
        raw,
        [SECRET],
        (raw,),
        Key(raw),
        {"*": SECRET},
        {"KAM 12345678": [raw]},
        file,
        str(file),
    ):
        assert KeyRing.of(given_keys).candidates(KAM) == (Key(raw),), type(given_keys)
    ring = KeyRing.of(SECRET)
    assert KeyRing.of(ring) is ring
    assert KeyRing.of(NoKeys()).candidates(KAM) == ()
    assert KeyRing.of(None).candidates(KAM) == ()
    assert KeyRing.of([]).candidates(KAM) == ()


@pytest.mark.parametrize("wrong", [17, {12345678: SECRET}, {"KAM 12345678": 5}, [[SECRET]], [3], object()])
def test_other_things_are_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match=r"keys\.(type|meter)"):
        KeyRing.of(wrong)


def test_merge_keeps_the_order_of_the_rings() -> None:
    first, second = KeyRing.from_hex([hexkey(1)]), KeyRing.from_hex([hexkey(2), hexkey(1)], "more")
    merged = KeyRing.merge(first, second)
    assert tried(merged, KAM) == [1, 2]
    assert [key.label for key in merged.candidates(KAM)] == ["--key #1", "more #1"]
    assert len(merged) == 2
    assert len(KeyRing.from_hex([])) == 0


def test_a_ring_travels_to_workers() -> None:
    ring = KeyRing.of({"KAM 12345678": SECRET})
    assert pickle.loads(pickle.dumps(ring)).candidates(KAM) == ring.candidates(KAM)  # noqa: S301 - made one line above


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("KAM 12345678", MeterMatch("KAM", "12345678")),
        ("kam-12345678", MeterMatch("KAM", "12345678")),
        ("KAM12345678", MeterMatch("KAM", "12345678")),
        ("KAM 1234*", MeterMatch("KAM", "1234*")),
        ("KAM *", MeterMatch("KAM")),
        ("KAM", MeterMatch("KAM")),
        ("12345678", MeterMatch(id="12345678")),
        ("123?56*", MeterMatch(id="123?56*")),
        ("abc12345", MeterMatch(id="ABC12345")),
        ("FCC23D0000012345", MeterMatch(id="FCC23D0000012345")),
        ("70-B3-D5-7E-D0-01-23-45", MeterMatch(id="70B3D57ED0012345")),
        ("1EMH0012345678", MeterMatch(identifier="1EMH0012345678")),
        ("*", ANY),
        (" Default ", ANY),
    ],
)
def test_meters_as_people_write_them(text: str, match: MeterMatch) -> None:
    assert parse_meter(text) == match


@pytest.mark.parametrize("text", ["", "hello world", "KAM 12 x!", "K", "[1-9]*", "x\ny"])
def test_what_is_no_meter_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"keys\.meter"):
        parse_meter(text)


# --- key files ----------------------------------------------------------------------------------

TOML = f"""
[default]
key = "{hexkey(9)}"

[[key]]
meter = "KAM 12345678"
key = "{hexkey(1)}"
label = "kitchen"

[[key]]
id = 4711
version = "0x1B"
keys = ["{hexkey(2)}", "{hexkey(3)}"]
"""


def test_a_toml_file_names_the_line_of_each_key() -> None:
    ring = KeyRing(read_toml(TOML, "keys.toml"))
    assert [(str(entry.match), entry.label) for entry in ring.entries] == [
        ("KAM 12345678", "keys.toml:5 kitchen"),
        ("00004711 version 27", "keys.toml:10"),
        ("default", "keys.toml:2"),
    ]
    labels = [key.label for key in ring.candidates(MeterId.of("KAM", "00004711", 0x1B, 7))]
    assert labels == ["keys.toml:10 #1", "keys.toml:10 #2", "keys.toml:2"]


def test_a_csv_file_may_have_semicolons_commas_or_tabs(tmp_path: Path) -> None:
    for mark in ";,\t":
        rows = [
            ("Manufacturer", "ID", "Key", "Label"),
            ("KAM", "12345678", hexkey(1), "kitchen"),
            ("KAM", "12345678", hexkey(2), ""),
        ]
        path = tmp_path / "keys.csv"
        path.write_text(
            "\ufeff" + "\r\n".join(mark.join(row) for row in [*rows, ("# note", "", "", "")]) + "\r\n\r\n", "utf-8"
        )
        ring = KeyRing.from_file(path)
        assert tried(ring, KAM) == [1, 2]
        assert [key.label for key in ring.candidates(KAM)] == ["keys.csv:2 kitchen", "keys.csv:3"]


def test_every_column_can_be_used() -> None:
    head = ";".join(COLUMNS)
    assert head.startswith("meter;manufacturer;id;version;device_type;dev_eui")
    assert read_csv(f"{head}\n", "keys.csv") == []
    for column in ("meter", "manufacturer", "id", "dev_eui", "system_title", "server_id"):
        assert read_csv(
            f"{column};key\nKAM;{SECRET}\n" if column in {"meter", "manufacturer"} else f"{column};key\n12;{SECRET}\n",
            "k",
        )


WRONG = {
    "not hex": (f'[[key]]\nmeter = "KAM 1"\nkey = "{SECRET[:-1]}G"', "keys.syntax", "k:1"),
    "too short": (f'\n[[key]]\nmeter = "KAM 1"\nkey = "{SECRET[:-2]}"', "keys.length", "k:2"),
    "unknown field": (f'[[key]]\nmetre = "KAM 1"\nkey = "{SECRET}"', "keys.field", "'metre'"),
    "key as a name": (f'[[key]]\nmeter = "1"\n{SECRET} = "key"', "keys.field", "k:1"),
    "key as a table": (f'{SECRET} = "KAM 1"', "keys.field", "no such table"),
    "key as a meter": (f'[[key]]\nmeter = "{SECRET}"\nkey = "KAM 1"', "keys.", "k:1"),
    "key as meter and key": (f'[[key]]\nmeter = "{SECRET}"\nkey = "{SECRET}"', "keys.meter", "k:1"),
    "no quotation marks": (f'[[key]]\nmeter = "1"\nkey = {SECRET}', "keys.file", "k:3:8"),
    "wrong type": ("[[key]]\nmeter = 1\nkey = 2", "keys.field", "k:1: meter"),
    "nobody": (f'[[key]]\nkey = "{SECRET}"', "keys.meter", "[default]"),
    "two meters": (f'[[key]]\nmeter = "1"\nid = "2"\nkey = "{SECRET}"', "keys.meter", "one way"),
    "two ids": (f'[[key]]\ndev_eui = "1"\nid = "2"\nkey = "{SECRET}"', "keys.meter", "one way"),
    "no key": ('[[key]]\nmeter = "1"', "keys.empty", "k:1"),
    "one bracket": (f'[key]\nmeter = "1"\nkey = "{SECRET}"', "keys.field", "brackets"),
    "no identifier": (f'[[key]]\nidentifier = "KAM 1"\nkey = "{SECRET}"', "keys.meter", "DIN 43863-5"),
    "no manufacturer": (f'[[key]]\nmanufacturer = "Kamstrup"\nkey = "{SECRET}"', "keys.meter", "three letters"),
    "a number": ("[[key]]\nid = 1\nversion = 'x'\nkey = '1'", "keys.field", "version"),
    "default for one": (f'[default]\nid = "1"\nkey = "{SECRET}"', "keys.field", "'id'"),
    "nested": ("a = " + "[" * 5000, "keys.file", "k: not TOML"),
}


@pytest.mark.parametrize("case", WRONG)
def test_errors_in_toml_say_where_and_show_no_key(case: str) -> None:
    text, code, place = WRONG[case]
    with pytest.raises(ConfigError) as caught:
        read_toml(text, "k")
    assert caught.value.code.startswith(code)
    assert place in caught.value.message
    assert_secret(caught.value)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        (f"KAM 12345678;{SECRET}\n", "keys.field", "k:1"),
        (f"meter;key\n{SECRET};KAM 12345678\n", "keys.", "k:2"),
        (f"meter;key;key\n1;{SECRET};{SECRET}\n", "keys.field", "two columns"),
        (f"meter;key\n1;2;{SECRET}\n", "keys.file", "k:2"),
        (f'meter;key\n1;"{SECRET}\n', "keys.file", "quotation"),
        (f"meter;key;version\n1;{SECRET};{SECRET}\n", "keys.", "k:2"),
    ],
)
def test_errors_in_csv_say_where_and_show_no_key(text: str, code: str, place: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_csv(text, "k")
    assert caught.value.code.startswith(code)
    assert place in caught.value.message
    assert_secret(caught.value)


def assert_secret(error: BaseException) -> None:
    """Neither the message nor what a log shows of the error has digits of the key."""
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.__context__)
    assert SECRET[:12] not in shown.upper()


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "keys.csv"
    latin.write_bytes("meter;key;label\n1;2;Küche\n".encode("latin-1"))
    for path, code in (
        (tmp_path / "none.toml", "keys.unreadable"),
        (tmp_path, "keys.unreadable"),
        (latin, "keys.encoding"),
    ):
        with pytest.raises(ConfigError) as caught:
            KeyRing.from_file(path)
        assert caught.value.code == code


@given(st.text(max_size=200))
def test_any_text_gives_keys_or_a_config_error(text: str) -> None:
    for read in (read_toml, read_csv):
        try:
            read(text, "k")
        except EmtkitError as error:
            assert error.code.startswith("keys.")


def test_nothing_shows_a_key() -> None:
    ring = KeyRing(read_toml(TOML.replace(hexkey(1), SECRET), "keys.toml"))
    shown = (
        repr(ring) + str(ring) + repr(ring.entries) + repr(ring.candidates(KAM)) + repr(GivenKeys(ring.candidates(KAM)))
    )
    shown += str(summarise_keys(ring)) + str(summarise_keys(ring).to_dict())
    assert SECRET not in shown.upper()
    assert repr(ring) == "KeyRing(2 meters, 0 patterns, a default, 4 keys)"


# --- summary ------------------------------------------------------------------------------------


def decoded(meter: MeterId | None, verdict: Verdict, key: str | None = None) -> Decoded:
    return Decoded("wmbus", "complete", meter, Security(5, verdict, key))


def test_the_summary_says_which_meters_of_a_capture_have_their_key() -> None:
    ring = KeyRing(read_toml(TOML + f'[[key]]\nmeter = "99999999"\nkey = "{hexkey(1)}"\n', "keys.toml"))
    other = MeterId.of("ELS", "55555555", 1, 3)
    capture = [
        decoded(KAM, "decrypted", "keys.toml:5 kitchen"),
        decoded(KAM, "key_wrong"),
        decoded(other, "key_missing"),
        decoded(None, "none"),
    ]
    summary = summarise_keys(ring, iter(capture))
    assert [(row.meter.id, row.telegrams, row.specific, row.candidates, row.needs_key) for row in summary.meters] == [
        ("12345678", 2, 1, 2, True),
        ("55555555", 1, 0, 1, True),
    ]
    assert summary.meters[0].used == {"keys.toml:5 kitchen": 1}
    assert summary.meters[0].verdicts == {"decrypted": 1, "key_wrong": 1}
    assert summary.unknown == 1
    assert summary.unused == ["keys.toml:10", "keys.toml:14"]
    assert summary.duplicates == [
        Duplicate("shared", ("keys.toml:5 kitchen", "keys.toml:14"), ("KAM 12345678", "99999999"))
    ]
    assert [entry.bits for entry in summary.entries] == [(128,), (128, 128), (128,), (128,)]


def test_the_same_key_twice_for_one_meter_is_reported() -> None:
    ring = KeyRing.merge(*(KeyRing(read_toml(f'[[key]]\nmeter = "1"\nkey = "{SECRET}"', name)) for name in ("a", "b")))
    assert summarise_keys(ring).duplicates == [Duplicate("repeated", ("a:1", "b:1"), ("00000001",))]
