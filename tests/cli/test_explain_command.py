"""`emtkit explain`: every byte once, a verdict for every check, whatever state the telegram is in."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from emtkit.model.schema import adapter

if TYPE_CHECKING:
    from pathlib import Path


def explained(text: str) -> Any:
    """Return the only explanation of the JSON output, valid by its schema."""
    (found,) = json.loads(text)
    adapter("explanation").validate_python(found)
    return found


@pytest.mark.parametrize(
    ("change", "args", "code", "finding"),
    [
        (lambda t: t, ("--key", "0102030405060708090A0B0C0D0E0F11"), 0, None),
        (lambda t: t, (), 4, "oms.key.missing"),
        (lambda t: t, ("--key", "00" * 16), 4, "oms.key.wrong"),
        (lambda t: t[:60], (), 3, "wmbus.link.truncated"),
        (lambda _: "00", (), 3, "decode.no_protocol"),
    ],
)
def test_every_byte_is_explained_once(
    run: Any, telegram: str, change: Any, args: tuple[str, ...], code: int, finding: str | None
) -> None:
    given = change(telegram)
    result = run("explain", given, "--format", "json", *args)
    assert result.code == code
    found = explained(result.out)
    places = [(span["start"], span["end"]) for span in found["spans"]]
    assert [start for start, _ in places] == [0, *(end for _, end in places[:-1])]
    assert places[-1][1] == len(given) // 2
    assert finding is None or finding in [item["code"] for item in found["decoded"]["diagnostics"]]


def test_the_table_tells_bytes_meaning_and_verdicts(run: Any, telegram: str, key: str) -> None:
    text = run("explain", telegram, "--key", key).out
    assert re.search(r"^ +21  27 04 85 02 +data +volume = 28 504.27 m³$", text, re.MULTILINE)
    assert "mbus.record (decrypted)" in text
    assert len(re.findall(r"^  ok  link CRC, block \d", text, re.MULTILINE)) == 4
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_a_wrong_key_is_told_at_its_place(run: Any, telegram: str) -> None:
    result = run("explain", telegram, "--key", "00" * 16)
    assert re.search(r"^  wrong +check bytes", result.out, re.MULTILINE)
    assert "[oms.key.wrong]" in result.out
    assert result.err == "`emtkit codes oms.key.wrong` explains it\n"


def test_damage_is_told_at_its_place(run: Any, telegram: str) -> None:
    result = run("explain", telegram.replace("AA26", "AB26"))
    assert result.code == 3
    assert re.search(r"^  wrong  link CRC, block 2 \(bytes 28-29\)", result.out, re.MULTILINE)
    assert len(re.findall(r"^  ok     link CRC", result.out, re.MULTILINE)) == 3
    assert "serial number 12345678" in result.out
    assert "[wmbus.link.crc]" in result.out


def test_a_record_that_is_cut_off_costs_that_record_only(run: Any, partial_telegram: str) -> None:
    result = run("explain", partial_telegram)
    assert result.code == 0
    assert re.search(r"^ +21  27 04 85 02 +data +volume = 2 850.427 m³$", result.out, re.MULTILINE)
    assert re.search(r"^ +25  0C 13 78 56 +rest +not decodable: data needs 4 bytes", result.out, re.MULTILINE)


def test_a_line_of_a_file(run: Any, capture: Path, key: str) -> None:
    result = run("explain", str(capture), "--line", "3", "--key", key, "--format", "json")
    assert explained(result.out)["decoded"]["diagnostics"][0]["code"] == "wmbus.link.truncated"
    assert len(json.loads(run("explain", str(capture), "--format", "json").out)) == 4
    assert run("explain", str(capture), "--line", "2").code == 2


class Page(HTMLParser):
    """Checks that tags are closed and collects what a page refers to."""

    VOID = ("meta", "br")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Page:
    """Parse a page."""
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_the_page_is_self_contained(run: Any, telegram: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "x.html"
    assert run("explain", telegram, "--key", key, "--format", "html", "--out", str(path)).code == 0
    text = path.read_text("utf-8")
    page = parsed(text)
    assert not page.seen & {"script", "link", "img", "iframe"}
    assert "http" not in text
    assert "@media print" in text
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    dump = text.partition('<pre class="dump">')[2].partition("</pre>")[0]
    assert "".join(re.findall(r">([0-9A-F]{2})</a>", dump)) == telegram
    assert "<b>28 504.27 m³</b>" in text


def test_several_telegrams_are_several_articles(run: Any, capture: Path) -> None:
    page = parsed(run("explain", str(capture), "--format", "html").out)
    assert {"t1", "t2", "t3", "t4"} <= set(page.ids)


def test_texts_of_others_cannot_become_markup(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "<b>&.jsonl"
    path.write_text('{"hex": "00", "id": "<script>"}\n{"hex": "<script>alert(1)</script>"}\n')
    text = run("explain", str(path), "--format", "html").out
    assert "<script" not in text
    parsed(text)


def test_a_table_does_not_go_into_a_file(run: Any, telegram: str, tmp_path: Path) -> None:
    result = run("explain", telegram, "--out", str(tmp_path / "x"))
    assert result.code == 2
    assert "--out is for json and html" in result.err
