"""Wireless telegrams of our own making: formats, line code, security modes, ELL, fragments, exact verdicts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import emtkit
from emtkit.model.errors import ChecksumError, DecodeError, Truncated
from emtkit.model.key import Key
from emtkit.model.meter_id import MeterId, address_bytes
from emtkit.protocols.mbus.afl import build_afl
from emtkit.protocols.mbus.encode import build_message, build_record
from emtkit.protocols.mbus.formats import FormatStore, build_format_frame
from emtkit.protocols.wmbus.encode import build_ell_telegram, build_telegram
from emtkit.protocols.wmbus.line_code import decode_3of6, encode_3of6
from emtkit.protocols.wmbus.link import build_frame
from emtkit.protocols.wmbus.prios import scramble

METER = MeterId.of("EMT", "00010001", 1, 7)
ADAPTER = MeterId.of("EMT", "00990099", 1, 0x37)
RECORDS = build_record("13", Decimal("12.345"), "bcd8") + build_record("fd17", Decimal(0), "int16")
KEY = Key(bytes(range(16)), "kitchen")
OTHER = Key(bytes(16), "cellar")
VOLUME = Decimal("12.345")


def decode(data: bytes, **options: object) -> emtkit.Decoded:
    return emtkit.decode(data, memory=emtkit.Memory(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("frame_format", ["A", "B", "-"])
@pytest.mark.parametrize("security", [0, 5, 7])
@pytest.mark.parametrize("adapter", [None, ADAPTER])
def test_every_format_and_mode(frame_format: str, security: int, adapter: MeterId | None) -> None:
    telegram = build_telegram(
        METER,
        RECORDS,
        security=security,
        key=KEY,
        counter=4711,
        access_no=42,
        adapter=adapter,
        frame_format=frame_format,
    )
    decoded = decode(telegram, keys=KEY.value)
    assert decoded.meter == METER
    assert decoded.readings[0].value == VOLUME
    assert decoded.security.mode == security
    assert decoded.security.verdict == ("decrypted" if security else "none")
    assert decoded.security.verified is (True if security == 7 else None)
    assert all(check.ok for check in decoded.checks)
    assert decoded.state == "complete"


@pytest.mark.parametrize(("security", "verified"), [(5, None), (7, False)])
def test_verdicts(security: int, verified: bool | None) -> None:
    telegram = build_telegram(METER, RECORDS, security=security, key=KEY, counter=1)
    missing = decode(telegram)
    assert (missing.state, missing.security.verdict) == ("opaque", "key_missing")
    wrong = decode(telegram, keys={"00010001": OTHER.value})
    assert (wrong.state, wrong.security.verdict, wrong.security.verified) == ("opaque", "key_wrong", verified)
    several = decode(telegram, keys={"00010001": [OTHER.value, KEY.value]})
    assert (several.state, several.security.verdict) == ("complete", "decrypted")
    again = decode(telegram, keys={"00010001": KEY.value})  # a failure before does not matter
    assert again.security.verdict == "decrypted"


def test_a_changed_telegram_fails_its_mac() -> None:
    telegram = bytearray(build_telegram(METER, RECORDS, security=7, key=KEY, counter=1, frame_format="-"))
    telegram[-1] ^= 1  # in the last encrypted block: the first still decrypts to 2F 2F
    long = build_telegram(METER, RECORDS * 3, security=7, key=KEY, counter=1, frame_format="-")
    changed = long[:-1] + bytes((long[-1] ^ 1,))
    decoded = decode(changed, keys=KEY.value)
    assert (decoded.state, decoded.security.verdict) == ("partial", "mac_invalid")
    with pytest.raises(emtkit.SecurityError):
        decode(changed, keys=KEY.value, strict=True)


def test_already_decrypted_telegrams_are_taken() -> None:
    plain = b"\x2f\x2f" + RECORDS
    plain += b"\x2f" * (-len(plain) % 16)
    message = bytes((0x7A, 1, 0, 0x10 * (len(plain) // 16), 0x05)) + plain
    decoded = decode(build_frame(0x44, address_bytes(METER), message), keys=KEY.value)
    assert decoded.security.verdict == "already_decrypted"
    assert decoded.readings[0].value == VOLUME


@pytest.mark.parametrize("mode", [1, 2, 3, 4, 8, 9, 10, 13])
def test_modes_that_cannot_be_opened_are_named(mode: int) -> None:
    message = bytes((0x7A, 1, 0, 0x10, mode)) + bytes.fromhex("9f" * 17)
    decoded = decode(build_frame(0x44, address_bytes(METER), message), keys=KEY.value)
    assert (decoded.state, decoded.security.verdict, decoded.security.mode) == ("opaque", "unsupported", mode)
    assert f"mode {mode}" in decoded.diagnostics[0].message


def test_clear_text_behind_the_encrypted_blocks() -> None:
    inner = build_message(METER, RECORDS, security=5, key=KEY, access_no=1) + build_record(
        "fd10", Decimal(12345678), "bcd8"
    )
    decoded = decode(build_frame(0x44, address_bytes(METER), inner, "A"), keys=KEY.value)
    assert [reading.quantity for reading in decoded.readings] == ["volume", "error_flags", "location"]


def test_ell_and_compact_frames() -> None:
    memory = emtkit.Memory()
    compact = build_ell_telegram(METER, RECORDS, compact=True, key=KEY, session=77)
    before = emtkit.decode(compact, keys=KEY.value, memory=memory)
    assert before.state == "opaque"
    assert before.diagnostics[0].code == "mbus.format.unknown"
    full = emtkit.decode(build_ell_telegram(METER, RECORDS, key=KEY, session=78), keys=KEY.value, memory=memory)
    assert full.state == "complete"
    after = emtkit.decode(compact, keys=KEY.value, memory=memory)
    assert (after.state, after.security.verified) == ("complete", True)
    assert after.readings[0].value == VOLUME
    wrong = emtkit.decode(compact, keys=OTHER.value, memory=memory)
    assert (wrong.state, wrong.security.verdict, wrong.diagnostics[0].code) == (
        "opaque",
        "key_wrong",
        "wmbus.ell.key_wrong",
    )


def test_a_format_can_be_preloaded_or_sent() -> None:
    headers = bytes.fromhex("0c1302fd17")
    memory = emtkit.Memory()
    memory.of(FormatStore).preload([headers.hex()])
    compact = build_ell_telegram(METER, RECORDS, compact=True)
    assert emtkit.decode(compact, memory=memory).readings[0].value == VOLUME
    memory = emtkit.Memory()
    frame = build_frame(0x44, address_bytes(METER), b"\x69" + build_format_frame(headers))
    assert emtkit.decode(frame, memory=memory).state == "complete"
    assert emtkit.decode(compact, memory=memory).readings[0].value == VOLUME


def test_a_link_crc_left_on_an_ell_frame_is_named() -> None:
    telegram = bytearray(build_ell_telegram(METER, RECORDS, key=KEY, frame_format="-"))
    telegram += b"\x12\x34"
    telegram[0] += 2
    decoded = decode(bytes(telegram), keys=KEY.value)
    assert [finding.code for finding in decoded.diagnostics] == ["wmbus.link.crc_left"]
    assert decoded.readings[0].value == VOLUME


def test_fragments_are_joined() -> None:
    message = build_message(METER, RECORDS * 4)
    cut = len(message) // 2
    first = build_frame(0x44, address_bytes(METER), build_afl(fragment=1, more=True) + message[:cut], "A")
    last = build_frame(0x44, address_bytes(METER), build_afl(fragment=2) + message[cut:], "A")
    memory = emtkit.Memory()
    waiting = emtkit.decode(first, memory=memory)
    assert (waiting.state, waiting.diagnostics[0].code) == ("opaque", "mbus.afl.fragment")
    whole = emtkit.decode(last, memory=memory)
    assert [reading.value for reading in whole.readings if reading.quantity == "volume"] == [VOLUME] * 4
    lost = emtkit.decode(last, memory=emtkit.Memory())
    assert (lost.state, lost.diagnostics[0].severity) == ("opaque", "warning")


def test_line_code_of_mode_t_and_sync_words_of_mode_c() -> None:
    telegram = build_telegram(METER, RECORDS, frame_format="A")
    coded = encode_3of6(telegram)
    assert decode_3of6(coded)[: len(telegram)] == telegram
    decoded = decode(coded + b"\x55\x00")
    assert decoded.readings[0].value == VOLUME
    for sync, frame_format in (("54cd", "A"), ("543d", "B"), ("543d54cd", "A"), ("543d543d", "B")):
        frame = build_telegram(METER, RECORDS, frame_format=frame_format)
        assert decode(bytes.fromhex(sync) + frame).readings[0].value == VOLUME


def test_a_bad_line_code_symbol_is_named() -> None:
    with pytest.raises(DecodeError) as caught:
        decode_3of6(b"\x00\x00\x00")
    assert caught.value.code == "wmbus.line.symbol"


@pytest.mark.parametrize("block", [1, 2])
def test_a_damaged_block_is_named(block: int) -> None:
    telegram = bytearray(build_telegram(METER, RECORDS, frame_format="A"))
    telegram[3 if block == 1 else 14] ^= 0xFF
    with pytest.raises(ChecksumError) as caught:
        decode(bytes(telegram))
    assert caught.value.code == "wmbus.link.crc"
    assert f"block {block}" in caught.value.message
    checks = emtkit.explain(bytes(telegram)).checks
    assert [check.ok for check in checks] == [number != block for number in range(1, len(checks) + 1)]


def test_a_cut_telegram_says_how_much_is_missing() -> None:
    telegram = build_telegram(METER, RECORDS, frame_format="-")
    with pytest.raises(Truncated) as caught:
        decode(telegram[:-5])
    assert caught.value.code == "wmbus.link.truncated"
    assert str(len(telegram)) in caught.value.message


def test_prios() -> None:
    header = bytes((25, 0x44)) + address_bytes(MeterId.of("DME", "00010001", 0x66, 0x07))
    clear = header + bytes.fromhex("a201170013")
    plain = b"\x4b" + (16760).to_bytes(4, "little") + (11840).to_bytes(4, "little") + bytes.fromhex("9f2c")
    from emtkit.protocols.wmbus.prios import _KEYS

    telegram = scramble(clear + plain, _KEYS[1])
    decoded = decode(telegram)
    assert decoded.state == "complete"
    assert [(r.quantity, r.value) for r in decoded.readings][:2] == [
        ("volume", Decimal("16.760")),
        ("volume", Decimal("11.840")),
    ]
    assert str(decoded.readings[1].time) == "2020-12-31"


@settings(max_examples=60)
@given(
    meter_id=st.integers(0, 99999999),
    volume=st.integers(0, 99999999),
    counter=st.integers(0, 2**32 - 1),
    access_no=st.integers(0, 255),
    security=st.sampled_from([0, 5, 7]),
    frame_format=st.sampled_from(["A", "B", "-"]),
)
def test_round_trip(meter_id: int, volume: int, counter: int, access_no: int, security: int, frame_format: str) -> None:
    meter = MeterId.of("EMT", f"{meter_id:08}", 2, 7)
    records = build_record("13", Decimal(volume).scaleb(-3), "bcd8")
    telegram = build_telegram(
        meter, records, security=security, key=KEY, counter=counter, access_no=access_no, frame_format=frame_format
    )
    decoded = decode(telegram, keys=KEY.value)
    assert (decoded.meter, decoded.readings[0].value) == (meter, Decimal(volume).scaleb(-3))


@settings(max_examples=150)
@given(st.data())
def test_prefixes_and_bit_flips_give_a_result_or_an_error(data: st.DataObject) -> None:
    telegram = data.draw(
        st.sampled_from(
            [
                build_telegram(METER, RECORDS, security=7, key=KEY, counter=5, frame_format="A"),
                build_telegram(METER, RECORDS, security=5, key=KEY, adapter=ADAPTER, frame_format="B"),
                build_ell_telegram(METER, RECORDS, compact=True, key=KEY),
                encode_3of6(build_telegram(METER, RECORDS, frame_format="A")),
            ]
        )
    )
    flipped = bytearray(telegram)
    bit = data.draw(st.integers(0, len(telegram) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    for damaged in (telegram[: data.draw(st.integers(0, len(telegram)))], bytes(flipped)):
        explanation = emtkit.explain(damaged, keys=KEY.value, memory=emtkit.Memory())
        at = 0
        for span in explanation.spans:
            assert span.start == at
            at = span.end
        assert at == len(damaged)


@settings(max_examples=200)
@given(st.binary(max_size=120))
def test_any_bytes(data: bytes) -> None:
    explanation = emtkit.explain(data, keys=KEY.value, memory=emtkit.Memory())
    assert sum(span.end - span.start for span in explanation.spans) == len(data)


def test_keys_are_in_no_output() -> None:
    telegram = build_telegram(METER, RECORDS, security=5, key=KEY)
    decoded = decode(telegram, keys={"00010001": KEY.value})
    for text in (repr(decoded), str(decoded.to_dict()), repr(KEY), str(decode(telegram, keys=OTHER.value).diagnostics)):
        assert KEY.value.hex() not in text.lower()
        assert repr(KEY.value) not in text


def test_wrong_keys_are_never_taken_for_right_ones() -> None:
    import random

    chance = random.Random(1)  # noqa: S311 - wrong keys need not be secret
    telegram = build_telegram(METER, RECORDS * 3, security=5, key=KEY)
    verdicts = {decode(telegram, keys=chance.randbytes(16)).security.verdict for _ in range(3000)}
    assert verdicts == {"key_wrong"}  # 2F 2F comes by chance once in 65,536; nothing weaker may pass


@settings(max_examples=40)
@given(
    first=st.integers(0, 99999999),
    data=st.binary(min_size=4, max_size=4),
    access_no=st.integers(0, 255),
    status=st.integers(0, 255),
    security=st.sampled_from([0, 5]),
    adapter=st.sampled_from([None, ADAPTER]),
)
def test_the_second_frame_of_a_form_decodes_as_if_it_were_the_first(
    first: int, data: bytes, access_no: int, status: int, security: int, adapter: MeterId | None
) -> None:
    def telegram(volume: bytes) -> bytes:
        records = build_record("13", volume, "bcd8") + build_record("fd17", Decimal(0), "int16")
        return build_telegram(
            METER,
            records,
            security=security,
            key=KEY,
            access_no=access_no,
            status=status,
            adapter=adapter,
            frame_format="-",
        )

    decode(telegram(bytes.fromhex(f"{first:08}")), keys=KEY.value)
    second = telegram(data)  # any bytes: BCD error states too
    by_plan = decode(second, keys=KEY.value)
    long_way = emtkit.explain(second, keys=KEY.value, memory=emtkit.Memory()).decoded
    assert by_plan.to_dict() == long_way.to_dict()
    assert (by_plan.layers, by_plan.checks) == (long_way.layers, long_way.checks)


@pytest.mark.parametrize("security", [0, 5])
def test_sml_inside_a_telegram(security: int) -> None:
    from emtkit.protocols.mbus.encode import build_short_header
    from emtkit.protocols.mbus.security import cbc_encrypt

    messages = _sml_list()
    meter = MeterId.of("EMT", "00010002", 1, 2)
    if security:
        plain = b"\x2f\x2f" + messages
        plain += b"\x2f" * (-len(plain) % 16)
        header = build_short_header(7, 0, 0x0500 | (len(plain) // 16) << 4)
        payload = header + cbc_encrypt(KEY.value, address_bytes(meter) + bytes((7,)) * 8, plain)
    else:
        payload = build_short_header(7, 0, 0) + messages
    decoded = decode(build_frame(0x44, address_bytes(meter), b"\x7f" + payload, "B"), keys=KEY.value)
    assert decoded.protocol == "wmbus"
    assert decoded.security.verdict == ("decrypted" if security else "none")
    assert [(r.obis, r.value, r.unit) for r in decoded.readings] == [("1-0:1.8.0*255", Decimal("1234.5"), "Wh")]
    spoiled = decode(build_frame(0x44, address_bytes(meter), b"\x7f\x07\x00\x00\x00\x76\x05\x01", "-"))
    assert spoiled.state != "complete"


def _sml_list() -> bytes:
    from emtkit.protocols.sml import build_message, structures
    from emtkit.protocols.sml.structures import ListEntry, Message
    from emtkit.protocols.sml.tlv import Unsigned

    value = Unsigned(12345, 4)
    entry = ListEntry(bytes.fromhex("0100010800ff"), None, None, 30, -1, value)
    return build_message(Message(b"\x01", structures.GetListRes(server_id=b"0123456789", val_list=(entry,))))


def test_dlms_inside_a_telegram() -> None:
    from emtkit.protocols.mbus.encode import build_short_header

    # Data-Notification with an array of one structure: logical name 1-0:1.8.0*255, 1234, scaler 0 and unit Wh
    apdu = bytes.fromhex("0f00000001000101020309060100010800ff06000004d202020f00161e")
    frame = build_frame(0x44, address_bytes(METER), b"\x7d" + build_short_header(1, 0, 0) + apdu)
    decoded = decode(frame)
    assert [(r.obis, r.value, r.unit) for r in decoded.readings] == [("1-0:1.8.0*255", Decimal(1234), "Wh")]
    cut = decode(build_frame(0x44, address_bytes(METER), b"\x7d" + build_short_header(1, 0, 0) + apdu[:-4]))
    assert cut.state != "complete"
