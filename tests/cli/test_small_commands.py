"""keys, meters, codes, schema, completion."""

from __future__ import annotations

import json
import shutil
import subprocess
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.cli.schema import SCHEMAS
from emtkit.meters import catalogue as meter_families
from emtkit.model.catalog import catalogue
from emtkit.model.schema import OUTPUTS, adapter

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_show_has_no_key(run: Any, key_file: Path, key: str) -> None:
    for form in ("table", "json"):
        result = run("keys", "show", str(key_file), "--format", form)
        assert result.code == 0
        assert "ELS 12345678" in result.out
        assert "keys.toml:1 cellar" in result.out
        assert key.lower() not in result.out.lower()
    adapter("keys-summary").validate_python(json.loads(result.out))


def test_keys_show_names_the_uses_of_lorawan_keys(run: Any, tmp_path: Path) -> None:
    keys = tmp_path / "lorawan.toml"
    keys.write_text(f'[[key]]\nmeter = "26010001"\nnwkskey = "{"01" * 16}"\nappskey = "{"02" * 16}"\n')
    assert "appskey" in run("keys", "show", str(keys)).out
    summary = json.loads(run("keys", "show", str(keys), "--format", "json").out)
    adapter("keys-summary").validate_python(summary)
    assert sorted(summary["entries"][0]["lorawan"]) == ["appskey", "nwkskey"]


def test_keys_check(run: Any, key_file: Path, capture: Path, tmp_path: Path) -> None:
    assert run("keys", "check", str(key_file)).out == f"{key_file}: 1 entry, all well formed\n"
    result = run("keys", "check", str(key_file), str(capture))
    assert result.code == 0
    assert "2 x decrypted" in result.out
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(f'[[key]]\nmeter = "ELS 12345678"\nkey = "{"00" * 16}"\n')
    result = run("keys", "check", str(wrong), str(capture))
    assert result.code == 4
    assert "2 x key wrong" in result.out
    assert "[cli.keys.closed]" in result.err
    found = json.loads(run("keys", "check", str(wrong), str(capture), "--format", "json").out)
    adapter("keys-summary").validate_python(found)
    assert found["meters"][0]["needs_key"] is True


def test_a_bad_key_file_says_where_and_shows_no_key(run: Any, tmp_path: Path, key: str) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(f'[[key]]\nmeter = "ELS 12345678"\nkey = "{key[:-1]}"\n')
    result = run("keys", "check", str(bad))
    assert result.code == 2
    assert "bad.toml:1" in result.err
    assert key[:8] not in result.err


def test_the_same_key_twice_is_told(run: Any, tmp_path: Path, key: str) -> None:
    both = tmp_path / "both.toml"
    both.write_text("".join(f'[[key]]\nmeter = "ELS {number}"\nkey = "{key}"\n' for number in (12345678, 12345679)))
    assert "the same key for several meters: both.toml:1, both.toml:4" in run("keys", "show", str(both)).out


def test_meters_list_and_show(run: Any) -> None:
    result = run("meters", "list")
    for family in meter_families():
        assert family.title in result.out
        assert run("meters", "show", family.name).code == 0
    found = json.loads(run("meters", "list", "--format", "json").out)
    adapter("families").validate_python(found)
    assert [item["name"] for item in found] == [family.name for family in meter_families()]
    assert json.loads(run("meters", "show", "generic", "--format", "json").out)[0]["name"] == "generic"


def test_meters_check(run: Any, tmp_path: Path) -> None:
    text = files("emtkit.meters").joinpath("generic.toml").read_text("utf-8")
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(text)
    bad.write_text(text.partition("[[example]]")[0])
    assert run("meters", "check", str(good)).code == 0
    result = run("meters", "check", str(good), str(bad))
    assert result.code == 2
    assert "there is no [[example]]" in result.out
    assert "[cli.meters.wrong]" in result.err


def test_codes(run: Any) -> None:
    assert len(run("codes").out.splitlines()) == len(catalogue())
    page = run("codes", "cli.usage").out
    assert page.startswith("cli.usage\nA command was called")
    assert "Why it matters" in page
    assert "What to do" in page
    below = run("codes", "cli").out.splitlines()
    assert below
    assert all(line.startswith("cli.") for line in below)
    assert run("codes", "[cli.usage]").out == page
    found = json.loads(run("codes", "--format", "json").out)
    adapter("codes").validate_python(found)
    assert [item["code"] for item in found] == list(catalogue())


def test_an_unknown_code_is_guessed(run: Any) -> None:
    assert "do you mean cli.usage" in run("codes", "cli.usag").err


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_json_schema(run: Any, name: str) -> None:
    result = run("schema", name)
    assert result.code == 0
    schema = json.loads(result.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    names = schema.get("$defs", {})
    used = set(_references(schema))
    assert used <= {f"#/$defs/{known}" for known in names}


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for value in node.values() for found in _references(value)]
    return [found for value in node for found in _references(value)] if isinstance(node, list) else []


def test_schemas_are_listed_and_cover_all_outputs(run: Any) -> None:
    listed = [line.split()[0] for line in run("schema").out.splitlines()]
    assert listed == list(SCHEMAS)
    assert set(OUTPUTS) <= set(SCHEMAS)
    assert {"keys", "points", "meter", "capture-line"} <= set(SCHEMAS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_sound(run: Any, shell: str) -> None:
    result = run("completion", shell)
    assert result.code == 0
    assert "_EMTKIT_COMPLETE" in result.out
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=result.out, text=True, check=True)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("emtkit de", "plain,decode"),
        ("emtkit decode --str", "plain,--strict"),
        ("emtkit decode --protocol wm", "plain,wmbus"),
        ("emtkit convert --to msc", "plain,mscons"),
        ("emtkit decode --input-format rtl", "plain,rtl-wmbus"),
    ],
)
def test_completion(words: str, found: str, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from emtkit.cli import emtkit

    monkeypatch.setenv("_EMTKIT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    with pytest.raises(SystemExit):
        emtkit.main([], "emtkit")
    assert found in capsys.readouterr().out.splitlines()
