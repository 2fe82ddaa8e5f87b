"""`emtkit decode`: the contract that scripts rely on, and what people see."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ConfigError
from emtkit.model.schema import adapter

if TYPE_CHECKING:
    from pathlib import Path

NOISY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lines(text: str) -> list[Any]:
    """Read JSON Lines with exact numbers."""
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


def test_a_telegram_on_the_command_line(run: Any, telegram: str, key: str) -> None:
    result = run("decode", telegram, "--key", key, "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    (found,) = lines(result.out)
    assert found["schema"] == 1
    assert found["state"] == "complete"
    assert found["meter"]["identifier"] == "7ELS0012345678"
    assert found["security"] == {"mode": 5, "verdict": "decrypted"}
    assert found["readings"][0]["value"] == Decimal("28504.27")
    assert found["readings"][0]["unit"] == "m3"
    assert key.lower() not in result.out.lower()


@pytest.mark.parametrize(
    "write", [str.lower, lambda t: f"0x{t}", lambda t: " ".join(t[i : i + 2] for i in range(0, len(t), 2))]
)
def test_hex_however_people_write_it(run: Any, telegram: str, key: str, write: Any) -> None:
    assert run("decode", write(telegram), "--key", key).code == 0


def test_bytes_that_the_shell_has_split_are_one_telegram(run: Any, telegram: str, key: str) -> None:
    groups = [telegram[at : at + 2] for at in range(0, len(telegram), 2)]
    result = run("decode", *groups, "--key", key, "--format", "jsonl")
    assert result.code == 0
    assert len(lines(result.out)) == 1


def test_several_inputs_and_standard_input(run: Any, telegram: str, key: str, capture: Path) -> None:
    result = run(
        "decode", telegram, str(capture), "-", "--key", key, "--format", "jsonl", stdin=f"{telegram}\n".encode()
    )
    assert [found["state"] for found in lines(result.out)] == [
        *("complete", "complete", "failed", "failed", "complete", "complete"),
    ]


def test_standard_input_is_read_where_no_input_is_named(run: Any, telegram: str) -> None:
    assert len(lines(run("decode", "--format", "jsonl", stdin=telegram.encode()).out)) == 1


def test_one_line_per_frame_in_order_failures_included(run: Any, capture: Path, key_file: Path) -> None:
    result = run("decode", str(capture), "--keys", str(key_file), "--format", "jsonl")
    found = lines(result.out)
    assert [line["state"] for line in found] == ["complete", "failed", "failed", "complete"]
    assert [line["diagnostics"][0]["code"] for line in found[1:3]] == ["wmbus.link.truncated", "capture.hex.digit"]
    for line in found:
        adapter("telegram").validate_python(line)
    assert result.code == 3
    assert result.err.splitlines()[-2] == "error: 2 of 4 telegrams: 2 not decoded [cli.failures]"
    assert "night.txt, line 3" in result.err


def test_json_is_one_array(run: Any, capture: Path, telegram: str) -> None:
    assert len(json.loads(run("decode", str(capture), "--format", "json").out)) == 4
    assert len(json.loads(run("decode", telegram, "--format", "json").out)) == 1
    assert json.loads(run("decode", "--format", "json").out) == []


def test_csv_has_a_row_per_reading(run: Any, telegram: str, key: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("decode", telegram, "--key", key, "--format", "csv").out)))
    assert [row["value"] for row in rows] == ["28504.27", "2008-05-31T23:50:00+01:00", "0"]


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("--key", "0102030405060708090A0B0C0D0E0F11"), 0),
        ((), 4),
        (("--key", "00" * 16), 4),
        (("--protocol", "mbus"), 3),
    ],
)
def test_exit_codes(run: Any, telegram: str, form: str, args: tuple[str, ...], code: int) -> None:
    result = run("decode", telegram, "--format", form, *args)
    assert result.code == code
    assert bool(result.err) == bool(code)
    assert "Traceback" not in result.err


def test_strict_ends_with_7_and_prints_the_same(run: Any, partial_telegram: str) -> None:
    lenient = run("decode", partial_telegram, "--format", "jsonl")
    assert (lenient.code, lenient.err) == (0, "")
    strict = run("decode", partial_telegram, "--format", "jsonl", "--strict")
    assert strict.code == 7
    assert strict.out == lenient.out
    assert lines(strict.out)[0]["state"] == "partial"
    assert strict.err.splitlines()[0].endswith("[mbus.record.truncated]")
    assert run("decode", partial_telegram, partial_telegram, "--strict").err.startswith(
        "error: 2 of 2 telegrams: 2 only partly understood [cli.failures]"
    )


def test_a_single_failure_tells_its_own_code(run: Any, telegram: str) -> None:
    result = run("decode", telegram, "--format", "jsonl")
    first, second = result.err.splitlines()
    assert first.startswith("error: ")
    assert first.endswith("[oms.key.missing]")
    assert second == "`emtkit codes oms.key.missing` explains it"
    assert run("decode", telegram).err == "`emtkit codes oms.key.missing` explains it\n"  # the table has told the rest


def test_the_table(run: Any, telegram: str, key_file: Path) -> None:
    result = run("decode", telegram, "--keys", str(key_file))
    assert "ELS 12345678 · gas" in result.out
    assert "decrypted with keys.toml:1 cellar (mode 5)" in result.out
    assert "28 504.27  m³" in result.out
    assert "\x1b" not in result.out
    assert not any(line.endswith(" ") for line in result.out.splitlines())


def test_the_table_is_as_wide_as_columns_says(
    run: Any, telegram: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, run("decode", telegram, "--key", key).out.splitlines())) <= 60


def test_keys_from_the_environment(run: Any, telegram: str, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTKIT_KEYS", str(key_file))
    assert run("decode", telegram).code == 0


def test_the_zone_of_the_meters_clock(run: Any, telegram: str, key: str) -> None:
    result = run("decode", telegram, "--key", key, "--zone", "America/New_York", "--format", "jsonl")
    assert lines(result.out)[0]["readings"][1]["value"] == "2008-05-31T23:50:00-05:00"
    result = run("decode", telegram, "--key", key, "--zone", "UTC", "--format", "jsonl")
    assert lines(result.out)[0]["readings"][1]["value"] == "2008-05-31T23:50:00+00:00"


def test_an_empty_input_is_told(run: Any) -> None:
    result = run("decode", "-", "--format", "jsonl")
    assert (result.code, result.out, result.err) == (0, "", "no telegram in the input\n")


@NOISY
@given(data=st.binary(max_size=300))
def test_any_bytes_give_lines_and_a_known_exit_code(run: Any, data: bytes) -> None:
    result = run("decode", "-", "--format", "jsonl", stdin=data)
    assert result.code in (0, 2, 3, 4)
    assert "Traceback" not in result.err
    assert "cli.unexpected" not in result.err
    for found in lines(result.out):
        adapter("telegram").validate_python(found)


@NOISY
@given(data=st.data())
def test_a_damaged_telegram_gives_a_line(run: Any, telegram: str, key: str, data: st.DataObject) -> None:
    raw = bytearray.fromhex(telegram)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(raw[: data.draw(st.integers(1, len(raw)))])
    result = run("decode", cut.hex(), "--key", key, "--format", "jsonl")
    assert result.code in (0, 3, 4)
    assert len(result.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "obis", "value"),
    [
        ("1-0:1.8.0(00123.4*kWh)", "1-0:1.8.0*255", 123400),
        ("F.F(00)\n1.8.0(2*kWh)\n!", "1-0:1.8.0*255", 2000),
        ("0.0.0(12345678)\r\n1.8.0(2*kWh)\r\n", "1-0:1.8.0*255", 2000),
        ("P.01(1261025001500)(00)(15)(1)(1.5)(kW)\n(0.2)\n", "1-0:1.5.0*255", 200),
        ("/EMT5KIT\n\n1.8.0(2*kWh)\n!", "1-0:1.8.0*255", 2000),
        ("\x02F.F(00)\r\n1.8.0(2*kWh)\r\n!\r\n\x03-", "1-0:1.8.0*255", 2000),
    ],
)
def test_a_text_telegram_or_a_part_of_it_may_be_pasted(run: Any, text: str, obis: str, value: int) -> None:
    (found,) = lines(run("decode", text, "--format", "jsonl").out)
    assert found["protocol"] == "iec62056_21"
    assert (obis, value) in [(reading["obis"], reading["value"]) for reading in found["readings"]]
    last = emtkit.decode(text).readings[-1]
    assert (last.obis, last.value) == (obis, Decimal(value))


@pytest.mark.parametrize("text", ["nofile(1).txt", "/home/nofile.txt", "report (2)", "hello"])
def test_a_name_that_is_no_file_is_no_telegram(run: Any, text: str) -> None:
    assert "is no file, and no telegram in hex" in run("decode", text).err
    with pytest.raises(ConfigError) as caught:
        emtkit.decode(text)
    assert caught.value.code == "decode.not_hex"
