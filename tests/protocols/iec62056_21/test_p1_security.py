from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from emtkit.model.errors import EncodeError, Truncated, UnsupportedError
from emtkit.model.key import Key
from emtkit.protocols.iec62056_21 import sniff, split
from emtkit.protocols.iec62056_21.encoder import data_set, write_p1
from emtkit.protocols.iec62056_21.messages import Identification
from emtkit.protocols.iec62056_21.security import Ciphering, seal_telegram
from emtkit.wire.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from emtkit.model.decoded import Decoded

    Read = Callable[..., Any]
    KeySource = Callable[..., Any]

EK, AK = "000102030405060708090A0B0C0D0E0F", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
HEAD = Ciphering(b"EMT\x00\x00\x00\x00\x1a", 0x30, 7)
PLAIN = write_p1(
    Identification("EMT", "5", 9600, "E", "\\2", "KIT-1", 200),
    [data_set("0-0:96.1.1", "45303030343030303030303030303236"), data_set("1-0:1.8.0", "006789012*Wh")],
)


def sealed(plain: bytes = PLAIN, control: int = 0x30, authentication: str | None = AK) -> bytes:
    second = () if authentication is None else (Key.from_hex(authentication),)
    return seal_telegram(plain, HEAD._replace(security_control=control), Key.from_hex(EK), *second)


def energy(got: Decoded) -> list[object]:
    return [r.value for r in got.readings if r.unit == "Wh"]


def test_with_both_keys_it_is_decrypted_and_authenticated(read: Read, keys: KeySource) -> None:
    got = read(sealed(), keys=keys(EK, AK))
    assert (got.state, got.security.verdict, got.security.verified) == ("complete", "decrypted", True)
    assert got.security.mode == 0x30
    assert got.security.key == "encryption"
    assert energy(got) == [6789012]
    assert got.meter is not None
    assert got.meter.id == "E000400000000026"
    assert got.layer(Ciphering) == HEAD
    assert [(check.name, check.ok) for check in got.checks] == [("gcm_tag", True), ("crc16", True)]


def test_the_key_of_luxembourg_needs_not_be_given(read: Read, keys: KeySource) -> None:
    got = read(sealed(authentication=None), keys=keys(EK))
    assert (got.security.verdict, got.security.verified) == ("decrypted", True)


def test_without_the_authentication_key_nothing_is_claimed(read: Read, keys: KeySource) -> None:
    got = read(sealed(), keys=keys(EK))
    assert (got.state, got.security.verdict, got.security.verified) == ("complete", "decrypted", None)
    assert [d.code for d in got.diagnostics] == ["iec62056_21.security.unverified"]
    assert energy(got) == [6789012]


def test_a_wrong_authentication_key_keeps_it_closed(read: Read, keys: KeySource) -> None:
    got = read(sealed(), keys=keys(EK, EK))
    assert (got.state, got.security.verdict, got.security.verified) == ("opaque", "mac_invalid", False)
    assert got.readings == []


def test_a_changed_telegram_does_not_authenticate(read: Read, keys: KeySource) -> None:
    data = bytearray(sealed())
    data[-20] ^= 1
    assert read(bytes(data), keys=keys(EK, AK)).security.verdict == "mac_invalid"


def test_a_wrong_key(read: Read, keys: KeySource) -> None:
    got = read(sealed(), keys=keys(AK, AK))
    assert (got.state, got.security.verdict) == ("opaque", "key_wrong")
    assert [d.code for d in got.diagnostics] == ["iec62056_21.security.key_wrong"]


def test_no_key(read: Read) -> None:
    got = read(sealed())
    assert (got.state, got.security.verdict) == ("opaque", "key_missing")
    assert got.meter is not None
    assert (got.meter.manufacturer, got.meter.id) == ("EMT", "454D54000000001A")
    assert got.diagnostics[0].code == "iec62056_21.security.key_missing"


def test_encrypted_only(read: Read, keys: KeySource) -> None:
    got = read(sealed(control=0x20), keys=keys(EK))
    assert (got.security.verdict, got.security.verified, energy(got)) == ("decrypted", None, [6789012])
    assert got.checks[0].name == "crc16"


def test_authenticated_only(read: Read, keys: KeySource) -> None:
    data = sealed(control=0x10)
    assert PLAIN in data
    got = read(data, keys=keys(EK, AK))
    assert (got.security.verdict, got.security.verified, energy(got)) == ("none", True, [6789012])
    assert energy(read(data)) == [6789012]


def test_compressed_is_not_supported(read: Read, keys: KeySource) -> None:
    data = sealed().replace(b"\x30\x00\x00\x00\x07", b"\xb0\x00\x00\x00\x07")
    assert read(data, keys=keys(EK, AK)).security.verdict == "unsupported"


def test_a_binary_message_is_left_to_dlms(read: Read, keys: KeySource) -> None:
    with pytest.raises(UnsupportedError, match="not_text"):
        read(sealed(b"\x0f\x00\x00\x00\x01\x00"), keys=keys(EK, AK))


def test_every_cut_is_an_error(read: Read, keys: KeySource) -> None:
    data = sealed()
    for size in range(1, len(data)):
        with pytest.raises(Truncated):
            read(data[:size], keys=keys(EK, AK))


def test_explain_covers_header_and_content(read: Read, keys: KeySource) -> None:
    data, trace = sealed(), Trace()
    read(data, keys=keys(EK, AK), trace=trace)
    spans = trace.cover(data)
    assert b"".join(data[span.start : span.end] for span in spans) == data
    by_field = {span.field: span for span in spans}
    assert by_field["invocation_counter"].meaning == "invocation counter 7"
    value = next(span for span in spans if span.unit == "Wh")
    assert (value.view, value.raw) == ("decrypted", b"(006789012*Wh)")
    assert not [span for span in spans if span.field == "rest"]


def test_a_stream_of_encrypted_telegrams() -> None:
    data = sealed()
    assert list(split(b"\r\n" + data + data + data[:50])) == [(2, 2 + len(data)), (2 + len(data), 2 + 2 * len(data))]
    assert sniff(data) == 55
    assert sniff(data[:-1]) == 30


@pytest.mark.parametrize(
    "head",
    [HEAD._replace(system_title=b"short"), HEAD._replace(security_control=0), HEAD._replace(security_control=0xB0)],
)
def test_what_cannot_be_sealed(head: Ciphering) -> None:
    with pytest.raises(EncodeError):
        seal_telegram(PLAIN, head, Key.from_hex(EK))


def test_long_telegrams(read: Read, keys: KeySource) -> None:
    for size in (1, 5, 200):
        sets = [data_set("1-0:1.8.0", f"{number:06d}*Wh") for number in range(size)]
        plain = write_p1(Identification("EMT", "5", 9600, "E", "", "K", 200), sets)
        assert len(energy(read(sealed(plain), keys=keys(EK, AK)))) == size
    with pytest.raises(EncodeError):
        sealed(b"/" * 70000)
