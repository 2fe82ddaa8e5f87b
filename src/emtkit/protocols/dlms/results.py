"""Result codes of the services: what a meter says when it does not do what it was asked.

Source: IEC 62056-5-3, Data-Access-Result, Action-Result, ServiceError, ExceptionResponse.
"""

from __future__ import annotations

from typing import Final, NamedTuple

SUCCESS: Final = 0

ACCESS_RESULTS: Final[dict[int, str]] = {
    SUCCESS: "success",
    1: "hardware-fault",
    2: "temporary-failure",
    3: "read-write-denied",
    4: "object-undefined",
    9: "object-class-inconsistent",
    11: "object-unavailable",
    12: "type-unmatched",
    13: "scope-of-access-violated",
    14: "data-block-unavailable",
    15: "long-get-aborted",
    16: "no-long-get-in-progress",
    17: "long-set-aborted",
    18: "no-long-set-in-progress",
    19: "data-block-number-invalid",
    250: "other-reason",
}

# Action-Result differs from Data-Access-Result in its last codes.
ACTION_RESULTS: Final[dict[int, str]] = {
    **{code: name for code, name in ACCESS_RESULTS.items() if code <= 14},
    15: "long-action-aborted",
    16: "no-long-action-in-progress",
    250: "other-reason",
}

EXCEPTION_STATES: Final[dict[int, str]] = {1: "service-not-allowed", 2: "service-unknown"}
INVOCATION_COUNTER_ERROR: Final = 6
EXCEPTION_SERVICES: Final[dict[int, str]] = {
    1: "operation-not-possible",
    2: "service-not-supported",
    3: "other-reason",
    4: "pdu-too-long",
    5: "deciphering-error",
    INVOCATION_COUNTER_ERROR: "invocation-counter-error",
}

CONFIRMED_SERVICES: Final[dict[int, str]] = {1: "initiate", 5: "read", 6: "write"}
SERVICE_ERRORS: Final[dict[int, tuple[str, dict[int, str]]]] = {
    0: (
        "application-reference",
        {
            0: "other",
            1: "time-elapsed",
            2: "application-unreachable",
            3: "application-reference-invalid",
            4: "application-context-unsupported",
            5: "provider-communication-error",
            6: "deciphering-error",
        },
    ),
    1: (
        "hardware-resource",
        {
            0: "other",
            1: "memory-unavailable",
            2: "processor-resource-unavailable",
            3: "mass-storage-unavailable",
            4: "other-resource-unavailable",
        },
    ),
    2: ("vde-state-error", {0: "other", 1: "no-dlms-context", 2: "loading-data-set", 3: "status-nochange"}),
    3: ("service", {0: "other", 1: "pdu-size", 2: "service-unsupported"}),
    4: ("definition", {0: "other", 1: "object-undefined", 2: "object-class-inconsistent"}),
    5: ("access", {0: "other", 1: "scope-of-access-violated", 2: "object-access-violated", 3: "hardware-fault"}),
    6: (
        "initiate",
        {
            0: "other",
            1: "dlms-version-too-low",
            2: "incompatible-conformance",
            3: "pdu-size-too-short",
            4: "refused-by-the-vde-handler",
        },
    ),
    7: ("load-data-set", {0: "other", 1: "primitive-out-of-sequence", 2: "not-loadable"}),
    9: ("task", {0: "other", 1: "no-remote-control", 2: "ti-stopped", 3: "ti-running", 4: "ti-unusable"}),
    10: ("other", {0: "other"}),
}


class AccessResult(NamedTuple):
    """A Data-Access-Result."""

    code: int

    def __str__(self) -> str:
        """Return its name."""
        return ACCESS_RESULTS.get(self.code) or f"reserved {self.code}"


class ActionResult(NamedTuple):
    """An Action-Result."""

    code: int

    def __str__(self) -> str:
        """Return its name."""
        return ACTION_RESULTS.get(self.code) or f"reserved {self.code}"


def service_error_name(choice: int, value: int) -> str:
    """Return the name of a ServiceError: `initiate: incompatible-conformance`."""
    group, values = SERVICE_ERRORS.get(choice, (f"reserved {choice}", {}))
    return f"{group}: {values.get(value) or f'reserved {value}'}"
