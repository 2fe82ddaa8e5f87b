"""The error tree. Everything that emtkit raises on purpose is an `EmtkitError`.

    EmtkitError
    ├── DecodeError               the bytes are not what the protocol says
    │   ├── Truncated             the input ends inside a field
    │   ├── ChecksumError         a CRC or checksum does not match
    │   ├── UnsupportedError      well-formed, but no public specification or not built
    │   └── NoProtocolMatched     no protocol takes these bytes; holds every protocol's reason
    ├── SecurityError
    │   ├── KeyMissing            encrypted, and the key ring has nothing for this meter
    │   └── VerificationFailed    a MAC, signature or decryption check failed
    ├── EncodeError               the values cannot be written in this format
    ├── TransportError            serial line, TCP, TLS
    ├── GatewayError              a gateway answered with an error
    └── ConfigError               a file or option of the user is wrong

Any other exception that leaves emtkit is a bug.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class EmtkitError(Exception):
    """Base of all errors: a stable dotted code, a message, and where in the input it happened.

    `start` and `end` are offsets in the bytes that the user gave (end exclusive), or None.
    `emtkit codes CODE` explains each code. Neither payloads nor keys are part of the message.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        layer: str = "",
        field: str = "",
        start: int | None = None,
        end: int | None = None,
    ) -> None:
        """Keep the parts; the message alone is what `str()` gives, with the code in brackets."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.layer = layer or code.partition(".")[0]
        self.field = field
        self.start = start
        self.end = end

    def __str__(self) -> str:
        """Return `message [code]`."""
        return f"{self.message} [{self.code}]"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by state, because the constructor has required keyword parts (batch workers)."""
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(cls: type[EmtkitError], args: tuple[object, ...], state: Mapping[str, object]) -> EmtkitError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class DecodeError(EmtkitError):
    """The bytes are not what the protocol says they are."""


class Truncated(DecodeError):  # noqa: N818 - reads as what happened
    """The input ends inside a field."""


class ChecksumError(DecodeError):
    """A CRC or checksum does not match."""


class UnsupportedError(DecodeError):
    """Well-formed, but there is no public specification for it or emtkit does not have it."""


class NoProtocolMatched(DecodeError):  # noqa: N818 - reads as what happened
    """No protocol takes these bytes. `reasons` holds each protocol's own error."""

    def __init__(self, reasons: Mapping[str, str], *, size: int) -> None:
        """Build the message from every protocol's reason."""
        why = "; ".join(f"{name}: {reason}" for name, reason in reasons.items()) or "no protocol recognises them"
        super().__init__("decode.no_protocol", f"no protocol takes these {size} bytes ({why})", start=0, end=size)
        self.reasons = dict(reasons)


class SecurityError(EmtkitError):
    """Decryption or verification is not possible."""


class KeyMissing(SecurityError):  # noqa: N818 - reads as what happened
    """The telegram is encrypted and the key ring has no key for this meter."""


class VerificationFailed(SecurityError):  # noqa: N818 - reads as what happened
    """A key is there, but a MAC, a signature or a decryption check failed."""


class EncodeError(EmtkitError):
    """The values cannot be written in the wanted format."""


class TransportError(EmtkitError):
    """A serial line, TCP or TLS connection failed."""


class GatewayError(EmtkitError):
    """A gateway answered with an error."""


class ConfigError(EmtkitError):
    """A file or an option of the user is wrong."""
