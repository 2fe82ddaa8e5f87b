"""The status word of modern German electricity meters, and the numbers of attention messages.

The bits are standardised only for basic meters (FNN Lastenheft Basiszaehler), whose lowest octet is always 04.
Older eHZ use other words, each maker its own (`0182`, `01A2`, `000101A2` ...): they are shown as they are.
"""

from __future__ import annotations

from typing import Final

from emtkit.model.status_word import METER_FLAGS

_MARK: Final = 0x04  # bits 0..7 of a basic meter's word are constant
_KNOWN: Final = sum(1 << bit for bit in METER_FLAGS) | _MARK


def status_hex(status: int) -> str:
    """Return a status word as hex digits, 8 or, above 32 bits, 16."""
    return f"{status:08x}" if status < 1 << 32 else f"{status:016x}"


def status_flags(status: int) -> tuple[str, ...]:
    """Return the names of the bits that are set; empty for words that are no status of a basic meter."""
    if status & 0xFF != _MARK or status & ~_KNOWN:
        return ()
    return tuple(name for bit, name in METER_FLAGS.items() if status >> bit & 1)


# SML 1.04, 5.1.16 (SML_Attention.Res): attention numbers.
ATTENTION: Final[dict[bytes, tuple[str, str]]] = {
    bytes.fromhex(number): (name, text)
    for number, name, text in (
        ("8181c7c7fd00", "ok", "done"),
        ("8181c7c7fd01", "executed_later", "the order is executed later, its result is sent without a request"),
        ("8181c7c7fe00", "error", "an error that has no number of its own"),
        ("8181c7c7fe01", "unknown_identifier", "unknown SML identifier"),
        ("8181c7c7fe02", "not_authorised", "user and password do not suffice"),
        ("8181c7c7fe03", "no_such_server", "the server id is not available"),
        ("8181c7c7fe04", "no_such_request", "the request (reqFileId) is not available"),
        ("8181c7c7fe05", "not_writable", "an attribute cannot be written"),
        ("8181c7c7fe06", "not_readable", "an attribute cannot be read"),
        ("8181c7c7fe07", "meter_unreachable", "communication with the metering point is disturbed"),
        ("8181c7c7fe08", "raw_data", "raw data cannot be interpreted"),
        ("8181c7c7fe09", "out_of_range", "a value is out of its range"),
        ("8181c7c7fe0a", "not_executed", "the order is not executed"),
        ("8181c7c7fe0b", "checksum", "a checksum is wrong"),
        ("8181c7c7fe0c", "no_broadcast", "broadcast is not supported"),
        ("8181c7c7fe0d", "unexpected_message", "unexpected message"),
        ("8181c7c7fe0e", "unknown_object", "an object that the profile does not hold"),
        ("8181c7c7fe0f", "unsupported_type", "a data type is not supported"),
        ("8181c7c7fe10", "unsupported_optional", "an optional element is not supported"),
        ("8181c7c7fe11", "profile_empty", "the profile has no entry at all"),
        ("8181c7c7fe12", "end_before_begin", "the end of the range lies before its begin"),
        ("8181c7c7fe13", "range_empty", "the profile has no entry in this range"),
        ("8181c7c7fe14", "no_close", "the file ended without a close message"),
        ("8181c7c7fe15", "profile_busy", "the profile cannot be given out at the moment"),
    )
}
_APPLICATION: Final = (bytes.fromhex("8181c7c7e000"), bytes.fromhex("8181c7c7fcff"))


def attention_of(number: bytes) -> tuple[str, str]:
    """Return name and text of an attention number."""
    known = ATTENTION.get(number)
    if known is not None:
        return known
    if len(number) == 6 and _APPLICATION[0] <= number <= _APPLICATION[1]:
        return f"application_{number[4:].hex()}", "a number of the application"
    return f"reserved_{number.hex()}", "a number the standard does not describe"
