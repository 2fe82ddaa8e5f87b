"""Exit codes: what a script learns without reading the output.

With several telegrams the process ends with the code of the worst one, worst first:
1, 2, 6, 5, 3, 4, 7, 0.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from emtkit.model.errors import (
    ConfigError,
    DecodeError,
    EmtkitError,
    EncodeError,
    GatewayError,
    SecurityError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emtkit.model.decoded import Decoded


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_DECODABLE = 3
    SECURITY = 4
    EXPORT = 5
    TRANSPORT = 6
    PARTIAL = 7
    INTERRUPTED = 130


_WORST_FIRST: Final = (
    Exit.INTERRUPTED,
    Exit.UNEXPECTED,
    Exit.USAGE,
    Exit.TRANSPORT,
    Exit.EXPORT,
    Exit.NOT_DECODABLE,
    Exit.SECURITY,
    Exit.PARTIAL,
    Exit.OK,
)

_OF_ERROR: Final[tuple[tuple[type[EmtkitError], Exit], ...]] = (
    (ConfigError, Exit.USAGE),
    (DecodeError, Exit.NOT_DECODABLE),
    (SecurityError, Exit.SECURITY),
    (EncodeError, Exit.EXPORT),
    (TransportError, Exit.TRANSPORT),
    (GatewayError, Exit.TRANSPORT),
)

_CLOSED: Final = frozenset({"key_missing", "key_wrong", "mac_invalid"})


def worst(codes: Iterable[Exit]) -> Exit:
    """Return the worst of these codes, OK if there are none."""
    return min(codes, key=_WORST_FIRST.index, default=Exit.OK)


def of_error(error: EmtkitError) -> Exit:
    """Return the exit code for an error that ended the command."""
    return next((code for kind, code in _OF_ERROR if isinstance(error, kind)), Exit.UNEXPECTED)


def of_decoded(decoded: Decoded, *, strict: bool) -> Exit:
    """Return the exit code that one telegram calls for.

    A key that is missing or wrong, or a failed verification, is 4. A telegram that failed, or whose
    content stays closed for another reason, is 3. With `strict`, 7 if anything is only partly
    understood or a warning was given.
    """
    if decoded.security.verdict in _CLOSED or decoded.security.verified is False:
        return Exit.SECURITY
    if decoded.state in ("failed", "opaque"):
        return Exit.NOT_DECODABLE
    if strict and (decoded.state == "partial" or any(d.severity != "info" for d in decoded.diagnostics)):
        return Exit.PARTIAL
    return Exit.OK
