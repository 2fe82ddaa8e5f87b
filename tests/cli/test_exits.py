"""Exit codes: what a script learns."""

from __future__ import annotations

import pytest

from emtkit.cli.exits import Exit, of_decoded, of_error, worst
from emtkit.model.decoded import Decoded, Security, State, Verdict
from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import (
    ChecksumError,
    ConfigError,
    EmtkitError,
    EncodeError,
    GatewayError,
    KeyMissing,
    NoProtocolMatched,
    TransportError,
    Truncated,
    VerificationFailed,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Truncated("a.b", ""), 3),
        (ChecksumError("a.b", ""), 3),
        (NoProtocolMatched({}, size=3), 3),
        (KeyMissing("a.b", ""), 4),
        (VerificationFailed("a.b", ""), 4),
        (EncodeError("a.b", ""), 5),
        (TransportError("a.b", ""), 6),
        (GatewayError("a.b", ""), 6),
        (ConfigError("a.b", ""), 2),
        (EmtkitError("a.b", ""), 1),
    ],
)
def test_each_error_has_its_code(error: EmtkitError, code: int) -> None:
    assert of_error(error) == code


@pytest.mark.parametrize(
    ("state", "verdict", "lenient", "strict"),
    [
        ("complete", "none", 0, 0),
        ("complete", "decrypted", 0, 0),
        ("complete", "already_decrypted", 0, 0),
        ("complete", "mac_invalid", 4, 4),
        ("partial", "decrypted", 0, 7),
        ("partial", "mac_invalid", 4, 4),
        ("opaque", "key_missing", 4, 4),
        ("opaque", "key_wrong", 4, 4),
        ("opaque", "unsupported", 3, 3),
        ("opaque", "none", 3, 3),
        ("failed", "none", 3, 3),
    ],
)
def test_each_state_has_its_code(state: State, verdict: Verdict, lenient: int, strict: int) -> None:
    decoded = Decoded("wmbus", state, security=Security(5, verdict))
    assert of_decoded(decoded, strict=False) == lenient
    assert of_decoded(decoded, strict=True) == strict


@pytest.mark.parametrize(("severity", "code"), [("info", 0), ("warning", 7), ("error", 7)])
def test_strict_counts_warnings(severity: str, code: int) -> None:
    found = Diagnostic(Severity(severity), "a.b", "a", "", None, None, "")
    assert of_decoded(Decoded("wmbus", "complete", diagnostics=[found]), strict=True) == code
    assert of_decoded(Decoded("wmbus", "complete", diagnostics=[found]), strict=False) == 0


def test_a_failed_verification_counts_even_if_the_content_was_read() -> None:
    decoded = Decoded("wmbus", "complete", security=Security(7, "decrypted", verified=False))
    assert of_decoded(decoded, strict=False) == Exit.SECURITY


def test_the_worst_of_several() -> None:
    assert worst([]) == 0
    assert worst([Exit.OK, Exit.PARTIAL]) == 7
    assert worst([Exit.PARTIAL, Exit.SECURITY, Exit.OK]) == 4
    assert worst([Exit.SECURITY, Exit.NOT_DECODABLE]) == 3
    assert worst([Exit.NOT_DECODABLE, Exit.EXPORT]) == 5
    assert worst([Exit.EXPORT, Exit.TRANSPORT]) == 6
    assert worst(list(Exit)) == 130
