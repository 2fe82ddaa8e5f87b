"""Formatters in each dialect give their data; hostile ones are stopped in time, and the next one runs."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from emtkit.codecs import sandbox as module
from emtkit.codecs.sandbox import WALL, Sandbox
from emtkit.model.errors import ConfigError, DecodeError, EmtkitError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(find_spec("quickjs") is None, reason="needs a JavaScript engine: the extra emtkit[js]")

PAYLOAD = bytes.fromhex("E8030000FF")
GOOD = "function decodeUplink(input) { return { data: { total: input.bytes[0] + 256 * input.bytes[1] } }; }"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        opened.function_of(GOOD)
        yield opened


def data(box: Sandbox, source: str, payload: bytes = PAYLOAD, port: int | None = 2, **variables: Any) -> Any:
    return box.run(source, payload, port, datetime(2026, 3, 1, 12, tzinfo=UTC), variables).read()[0]


DIALECTS = {
    "TTN v3 and TS013": ("decodeUplink", GOOD),
    "TTN v3 as a constant": (
        "decodeUplink",
        "const decodeUplink = (i) => ({ data: { total: i.bytes[0] + 768 } });",
    ),
    "TTN v2": ("Decoder", "function Decoder(bytes, port) { return { total: bytes[0] + 256 * bytes[1], port: port }; }"),
    "ChirpStack v3": ("Decode", "function Decode(fPort, bytes, variables) { return { total: bytes[0] + 768 }; }"),
    "ChirpStack v4 with Buffer": (
        "decodeUplink",
        """import { Buffer } from "buffer";
        export function decodeUplink(input) {
            return { data: { total: Buffer.from(input.bytes).readUInt16LE(0) } };
        }""",
    ),
    "exports": ("decodeUplink", "exports.decodeUplink = function (input) { return { data: { total: 1000 } }; };"),
    "guarded exports": (
        "decodeUplink",
        GOOD + "\nif (typeof module !== 'undefined') { module.exports = { decodeUplink: decodeUplink }; }",
    ),
    "module with a list of exports": (
        "decodeUplink",
        """import * as buffer from 'node:buffer';
        const decodeUplink = (input) => ({ data: { total: buffer.Buffer.from(input.bytes).readUInt16LE(0) } });
        export {
            decodeUplink,
        };""",
    ),
    "module with a default": (
        "decodeUplink",
        "export default { decodeUplink(input) { return { data: { total: 1000 } }; } };",
    ),
    "module whose default is the function": ("decodeUplink", "export default " + GOOD),
    "Node.js, not guarded": ("decodeUplink", GOOD + "\nexports.decodeUplink = decodeUplink;"),
    "Node.js, the only way to the function": (
        "decodeUplink",
        """const { Buffer } = require('buffer');
        module.exports = { decodeUplink: (i) => ({ data: { total: Buffer.from(i.bytes).readUInt16LE(0) } }) };""",
    ),
    "Node.js, the function itself": (
        "Decoder",
        "module.exports = function Decoder(bytes) { return { total: 1000 }; };",
    ),
    "a library that looks where it is": (
        "decodeUplink",
        """(function (root, make) {
            if (typeof module === 'object' && module.exports) module.exports = make(); else root.Meter = make();
        })(this, function () { return { total: function () { return 1000; } }; });
        function decodeUplink(input) { return { data: { total: Meter.total() } }; }""",
    ),
    "the data without an object around it": ("decodeUplink", "function decodeUplink() { return { total: 1000 }; }"),
    "several: the newest form counts": ("decodeUplink", GOOD + "function Decoder() { return { total: 0 }; }"),
    "sloppy mode: implicit globals": (
        "Decoder",
        "function Decoder(b) { total = 0; for (i = 0; i < 2; i++) total += b[i] << (8 * i); return { total }; }",
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_is_called(box: Sandbox, name: str) -> None:
    function, source = DIALECTS[name]
    assert box.function_of(source) == function
    assert data(box, source)["total"] == 1000


def test_input_is_what_network_servers_give(box: Sandbox) -> None:
    source = """function decodeUplink(input) { return { data: {
        array: Array.isArray(input.bytes), port: input.fPort, at: input.recvTime.toISOString(),
        zone: input.recvTime.getHours(), unit: input.variables.unit } }; }"""
    assert data(box, source, port=7, unit="l") == {
        "array": True, "port": 7, "at": "2026-03-01T12:00:00.000Z", "zone": 12, "unit": "l",
    }  # fmt: skip


def test_numbers_keep_all_their_digits(box: Sandbox) -> None:
    source = "function Decoder() { return { a: 0.1 + 0.2, b: 1e-7, c: 9007199254740991, d: NaN, e: undefined }; }"
    got = data(box, source)
    assert got["a"] == Decimal("0.30000000000000004")
    assert got["b"] == Decimal("1e-7")
    assert got["c"] == 9007199254740991
    assert got["d"] is None
    assert "e" not in got


def test_warnings_come_along(box: Sandbox) -> None:
    source = "function decodeUplink(i) { return { data: i.fPort === 1 ? { a: 1 } : undefined, warnings: ['low', 5] }; }"
    assert box.run(source, b"", 1, None, {}).read() == ({"a": 1}, ("low", "5"))
    assert box.run(source, b"", 2, None, {}).read() == ({}, ("low", "5"))


# expression -> its value, as Node.js and browsers give it
SHIMS = {
    'Buffer.from("48656c6c6f", "hex").toString()': "Hello",
    'Buffer.from([0xff, 0xfe, 1]).toString("hex")': "fffe01",
    'Buffer.from("aGk=", "base64").toString("ascii")': "hi",
    'Buffer.from("Zähler").toString("base64")': "WsOkaGxlcg==",
    "Buffer.from([1, 2, 3, 4]).readUInt32BE(0)": 0x01020304,
    "Buffer.from([1, 2, 3, 4]).readUInt16LE(1)": 0x0302,
    "Buffer.from([0xfe, 0xff]).readInt16LE(0)": -2,
    "Buffer.from([0xff]).readInt8(0)": -1,
    "Buffer.from([1, 2, 3]).readUIntBE(0, 3)": 0x010203,
    "Buffer.from([0xfe, 0xff, 0xff]).readIntLE(0, 3)": -2,
    "Buffer.from([0, 0, 0x80, 0x3f]).readFloatLE(0)": 1,
    "Buffer.from([0x40, 9, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18]).readDoubleBE(0)": Decimal("3.141592653589793"),
    "Number(Buffer.from([0, 0, 0, 0, 0, 0, 1, 0]).readBigUInt64BE(0))": 256,
    "Buffer.concat([Buffer.from([1]), Buffer.from([2, 3])]).length": 3,
    "Buffer.isBuffer(Buffer.alloc(2))": True,
    "Buffer.from([1, 2, 3]).slice(1).toString('hex')": "0203",
    "Buffer.from(new Uint8Array([5, 6]).buffer).readUint8(1)": 6,
    "Buffer.from([1, 2]).equals(Buffer.from([1, 2]))": True,
    'Buffer.from("abcabc").indexOf("ca") + Buffer.from("abc").indexOf(99)': 4,
    'Buffer.from("abc").includes(Buffer.from("bc"))': True,
    'Buffer.alloc(3, "ab").toString() + Buffer.alloc(2).fill(0x41)': "abaAA",
    "Buffer.from([1, 2]).compare(Buffer.from([1, 3]))": -1,
    "Buffer.from([0, 0, 0, 1]).swap32().readUInt32BE(0)": 0x01000000,
    'Buffer.from("a\\u00e4", "utf16le").toString("hex")': "6100e400",
    'Buffer.from([0x61, 0, 0xe4, 0]).toString("utf16le")': "a\u00e4",
    'new TextDecoder("utf-16le").decode(new Uint8Array([65, 0]))': "A",
    'atob("SGk=")': "Hi",
    'btoa("Hi")': "SGk=",
    "new TextDecoder().decode(new Uint8Array([0xc3, 0xa4, 0x41, 0xff]))": "\u00e4A\ufffd",
    'Array.from(new TextEncoder().encode("ä€")).join()': "195,164,226,130,172",
    "(console.log('x'), 1)": 1,
}


@pytest.mark.parametrize("expression", SHIMS)
def test_shims(box: Sandbox, expression: str) -> None:
    assert data(box, f"function Decoder() {{ return {{ v: {expression} }}; }}")["v"] == SHIMS[expression]


def test_nothing_is_remembered_from_payload_to_payload(box: Sandbox) -> None:
    source = """var pointer = 0, last = {};
    function decodeUplink(input) {
        last["at" + pointer] = input.bytes[pointer++];
        calls = (typeof calls === "undefined" ? 0 : calls) + 1;
        return { data: { last: last, calls: calls } };
    }"""
    for payload in (b"\x01\x02", b"\x03\x04", b"\x05\x06"):
        assert data(box, source, payload) == {"last": {"at0": payload[0]}, "calls": 1}


def test_what_it_returned_is_there_letter_by_letter(box: Sandbox) -> None:
    source = (
        "function decodeUplink() { return { data: { a: 1e21, b: 1e-7, c: -0, d: 'ä', e: [1.50] }, errors: ['x'] }; }"
    )
    output = box.run(source, b"", 1, None, {})
    assert output.text == '{"data":{"a":1e+21,"b":1e-7,"c":0,"d":"ä","e":[1.5]},"errors":["x"]}'
    assert output.result["errors"] == ["x"]
    with pytest.raises(DecodeError, match="x") as caught:
        output.read()
    assert caught.value.code == "codec.script.errors"
    assert box.run("function decodeUplink() { }", b"", 1, None, {}) == ("decodeUplink", "")


def test_long_texts_come_through(box: Sandbox) -> None:
    source = (
        "function Decoder() { var s = ''; for (var i = 0; i < 9000; i++) s += 'abc'; return { s: s, t: s + '°' }; }"
    )
    assert data(box, source) == {"s": "abc" * 9000, "t": "abc" * 9000 + "°"}


def test_a_module_that_is_not_there_is_named(box: Sandbox) -> None:
    with pytest.raises(DecodeError, match=r"no module \./decode\.js") as caught:
        data(box, "let maker = require('./decode.js'); " + GOOD)
    assert caught.value.code == "codec.script.failed"


def test_one_formatter_does_not_see_the_others_globals(box: Sandbox) -> None:
    data(box, "leak = 5; Object.prototype.evil = 1; JSON.stringify = 0; function Decoder() { return { a: 1 }; }")
    got = data(box, "function Decoder() { return { leak: typeof leak, evil: ({}).evil === undefined }; }")
    assert got == {"leak": "undefined", "evil": True}


def test_there_is_no_way_out(box: Sandbox) -> None:
    names = ["require", "process", "fetch", "setTimeout", "std", "os", "WebAssembly", "Deno", "bjson", "scriptArgs"]
    source = "function Decoder() { return { v: [" + ",".join(f"typeof {name}" for name in names) + "] }; }"
    assert set(data(box, source)["v"]) == {"undefined"}
    assert data(box, "import('os').then((m) => { leak = m; }); function Decoder() { return { v: typeof leak }; }") == {
        "v": "undefined"
    }


REFUSED = {
    "throws": ("function Decoder() { throw new Error('short payload'); }", "codec.script.failed", "short payload"),
    "throws a text": ("function Decoder() { throw 'short'; }", "codec.script.failed", "short"),
    "does not load": ("function Decoder( { }", "codec.script.failed", "SyntaxError"),
    "no function": ("var x = 1;", "codec.script.result", "none of the functions"),
    "empty": ("", "codec.script.result", "none of the functions"),
    "errors": ("function decodeUplink() { return { errors: ['bad port', 7] }; }", "codec.script.errors", "bad port; 7"),
    "nothing": ("function decodeUplink() { }", "codec.script.result", "no object"),
    "no data": ("function decodeUplink() { return {}; }", "codec.script.result", "no data"),
    "a number": ("function decodeUplink() { return 5; }", "codec.script.result", "no object"),
    "BigInt": ("function Decoder() { return { v: 5n }; }", "codec.script.failed", "BigInt"),
    "a circle": ("function Decoder() { var a = {}; a.a = a; return a; }", "codec.script.failed", "circular"),
    "half characters": ("function Decoder() { return { v: nothing['\\ud800'] }; }", "codec.script.failed", "nothing"),
    "too much": ("function Decoder() { return { v: 'x'.repeat(2e6) }; }", "codec.script.failed", "1 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_formatter_does_wrong_is_an_error_with_its_words(box: Sandbox, name: str) -> None:
    source, code, words = REFUSED[name]
    with pytest.raises(DecodeError) as caught:
        data(box, source)
    assert caught.value.code == code
    assert words in caught.value.message
    assert data(box, GOOD) == {"total": 1000}


ATTACKS = {
    "endless loop": "while (true);",
    "endless loop that catches": "for (;;) { try { null.x } catch (e) { } }",
    "array bomb": "var a = []; for (;;) a.push(a.length);",
    "array bomb that catches": "var a = []; for (;;) { try { a.push(new Array(1000).fill(1)); } catch (e) { } }",
    "string bomb": "var s = 'x'; for (;;) s += s;",
    "large repeat": "return { v: 'x'.repeat(1 << 29) };",
    "typed array": "return { v: new Uint8Array(1e9).length };",
    "recursion": "function f() { return f() + 1; } return f();",
    "recursion through toString": "var o = { toString: function () { return '' + o; } }; return { v: '' + o };",
    "regular expression": "return { v: /^(a+)+$/.test('a'.repeat(40) + 'b') };",
    "sort bomb": "return Array.from({ length: 5e6 }, (_, i) => -i).sort(() => Math.random() - 0.5);",
    "large JSON": "var a = []; for (var i = 0; i < 3e6; i++) a.push(i); return a;",
    "toJSON that never ends": "return { toJSON: function () { while (true); } };",
    "getter that never ends": "return { get v() { while (true); } };",
    "deep object": "var o = {}; for (var i = 0; i < 1e5; i++) o = { o: o }; return o;",
    "endless proxy": "return new Proxy([], { get: function (t, k) { return k === 'length' ? 2 ** 53 - 1 : 1; } });",
    "huge number": "var x = 3n; for (;;) x = x * x;",
    # loops inside the engine that its own clock does not see
    "reverse of nothing": "return Array.prototype.reverse.call({ length: 2 ** 53 - 1 });",
    "join of nothing": "return { v: new Array(2 ** 31).join('') };",
    "long text in a long text": "return { v: 'a'.repeat(5e6).indexOf('a'.repeat(2e6) + 'b') };",
}


class Watch:
    """The largest size of a worker, looked at while it works (Linux)."""

    def __init__(self, box: Sandbox) -> None:
        self.box, self.peak, self.over = box, 0, threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self) -> None:
        while not self.over.wait(0.01):
            process = self.box._process
            try:
                text = Path(f"/proc/{process.pid if process else 0}/status").read_text("ascii")
            except OSError:
                continue
            self.peak = max(
                self.peak, *(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0
            )

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.thread.join()


@pytest.mark.parametrize("place", ["call", "top"])
@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_formatters_are_stopped(box: Sandbox, name: str, place: str) -> None:
    body = f"function attack() {{ {ATTACKS[name]} }}"
    source = f"{body} function Decoder() {{ return attack(); }}" if place == "call" else f"{body} attack();"
    data(box, GOOD)  # the worker is there: its start does not count
    started = time.monotonic()
    with Watch(box) as watch, pytest.raises(EmtkitError):
        data(box, source)
    assert time.monotonic() - started < WALL + 0.5  # the rest: a busy machine
    assert data(box, GOOD) == {"total": 1000}
    if sys.platform == "linux":
        assert watch.peak < 64 * 1024


# what a formatter does -> what the message says
LIMITS = {
    "while (true);": "longer than 0.5 s",
    "var a = []; while (true) a.push({ id: 1, value: [2] });": "more than 16 MiB",
    "function f() { return f() + 1; } return f();": "nested too deeply",
}


@pytest.mark.parametrize("body", LIMITS)
def test_which_limit_it_was_is_said(box: Sandbox, body: str) -> None:
    with pytest.raises(DecodeError) as caught:
        data(box, f"function Decoder() {{ {body} }}")
    assert caught.value.code == "codec.script.limit"
    assert LIMITS[body] in caught.value.message


def test_a_formatter_that_never_ends_is_given_up() -> None:
    source = "function Decoder() { while (true); }"
    with Sandbox() as box:
        for _ in range(3):
            with pytest.raises(DecodeError, match="longer than"):
                data(box, source)
        started = time.monotonic()
        with pytest.raises(DecodeError) as caught:
            data(box, source)
        assert caught.value.code == "codec.script.disabled"
        assert time.monotonic() - started < 0.1
        assert data(box, GOOD) == {"total": 1000}


def test_a_worker_that_died_is_replaced(box: Sandbox) -> None:
    assert box._process is not None
    box._process.kill()
    box._process.wait()
    assert data(box, GOOD) == {"total": 1000}


def test_many_formatters_share_the_worker(box: Sandbox) -> None:
    for _ in range(2):
        for number in range(20):
            assert data(box, f"function Decoder() {{ return {{ v: {number} }}; }}") == {"v": number}


def test_large_formatters_take_turns(box: Sandbox) -> None:
    filling = "\n//" + "x" * 700_000
    for _ in range(2):
        for number in range(3):
            assert data(box, f"function Decoder() {{ return {{ v: {number} }}; }}{filling}") == {"v": number}


def test_without_an_engine_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda name: None)  # noqa: ARG005 - as the function has it
    with pytest.raises(ConfigError, match=r"emtkit\[js\]") as caught:
        Sandbox().function_of(GOOD)
    assert caught.value.code == "codec.engine.missing"
