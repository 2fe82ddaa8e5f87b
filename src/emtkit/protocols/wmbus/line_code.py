"""The 3-of-6 line code of mode T (EN 13757-4:2019, 7.2): a nibble is six chips with three ones."""

from __future__ import annotations

from typing import Final

from emtkit.model.errors import DecodeError

# EN 13757-4:2019, table 11: nibble -> symbol
SYMBOLS: Final = (
    0b010110, 0b001101, 0b001110, 0b001011, 0b011100, 0b011001, 0b011010, 0b010011,
    0b101100, 0b100101, 0b100110, 0b100011, 0b110100, 0b110001, 0b110010, 0b101001,
)  # fmt: skip
_NIBBLES: Final = {symbol: nibble for nibble, symbol in enumerate(SYMBOLS)}
LAYER: Final = "wmbus.line"


def begins_3of6(coded: bytes) -> bool:
    """Return whether the first four symbols (three bytes) are symbols: a quick look before decoding."""
    bits = int.from_bytes(coded[:3], "big")
    return all(bits >> shift & 63 in _NIBBLES for shift in (18, 12, 6, 0))


def decode_3of6(coded: bytes) -> bytes:
    """Return the bytes of a 3-of-6 stream; up to a byte of padding chips at its end is ignored.

    Raises DecodeError `wmbus.line.symbol` at the first symbol that is none.
    """
    data = bytearray(len(coded) * 8 // 12)
    for at in range(len(data)):
        pair = _window(coded, 12 * at)
        high, low = _NIBBLES.get(pair >> 6), _NIBBLES.get(pair & 63)
        if high is None or low is None:
            raise DecodeError(
                "wmbus.line.symbol", f"{pair:012b} is no pair of 3-of-6 symbols", layer=LAYER, field="symbol",
                start=12 * at // 8, end=12 * at // 8 + 2,
            )  # fmt: skip
        data[at] = high << 4 | low
    return bytes(data)


def _window(coded: bytes, bit: int) -> int:
    """Return 12 bits from a bit offset."""
    start = bit // 8
    word = int.from_bytes(coded[start : start + 3].ljust(3, b"\0"), "big")
    return word >> 12 - bit % 8 & 0xFFF


def encode_3of6(data: bytes) -> bytes:
    """Return the 3-of-6 stream of bytes, padded to whole bytes with the postamble chips 01."""
    coded = bytearray()
    for at in range(0, len(data), 2):  # two bytes are 24 chips, three coded bytes
        pair = data[at : at + 2]
        bits = 0
        for byte in pair:
            bits = bits << 12 | SYMBOLS[byte >> 4] << 6 | SYMBOLS[byte & 15]
        coded += bits.to_bytes(3, "big") if len(pair) == 2 else (bits << 4 | 0b0101).to_bytes(2, "big")
    return bytes(coded)
