"""Identifiers of the German energy market: form and check digit.

Source: BDEW "Identifikatoren in der Marktkommunikation" 1.2, chapters 3 to 8; GS1 General Specifications 7.9
(check digit of a GLN); BDEW/DVGW Codenummern for market partners; VDE-AR-N 4400 (Zählpunktbezeichnung).
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple

from emtkit.model.errors import ConfigError

Kind = Literal["malo", "melo", "mpid", "gln", "nelo", "nebe", "sr", "tr", "sg", "cr"]
CheckDigit = Literal["bdew", "gs1", "none"]


class Form(NamedTuple):
    """One kind of identifier: its name in the market, what it looks like, how its last digit is made."""

    kind: Kind
    name: str
    shape: re.Pattern[str]
    says: str
    check: CheckDigit


# In the order of the BDEW document.
FORMS: Final[dict[str, Form]] = {
    form.kind: form
    for form in (
        Form("malo", "Marktlokations-ID", re.compile(r"[1-9]\d{10}\Z", re.ASCII), "11 digits, the first not 0", "bdew"),
        Form(
            "melo",
            "Messlokations-ID (Zählpunktbezeichnung)",
            re.compile(r"[A-Z]{2}[A-Z0-9]{31}\Z"),
            "33 characters: country, then 31 of A-Z and 0-9",
            "none",
        ),
        Form("nelo", "Netzlokations-ID", re.compile(r"E[A-Z0-9]{9}\d\Z", re.ASCII), "E, 9 of A-Z 0-9, a digit", "bdew"),
        Form("nebe", "Netzbereichs-ID", re.compile(r"F[A-Z0-9]{9}\d\Z", re.ASCII), "F, 9 of A-Z 0-9, a digit", "bdew"),
        Form("sr", "SR-ID", re.compile(r"C[A-Z0-9]{9}\d\Z", re.ASCII), "C, 9 of A-Z 0-9, a digit", "bdew"),
        Form("tr", "TR-ID", re.compile(r"D[A-Z0-9]{9}\d\Z", re.ASCII), "D, 9 of A-Z 0-9, a digit", "bdew"),
        Form("sg", "SG-ID", re.compile(r"B[A-Z0-9]{9}\d\Z", re.ASCII), "B, 9 of A-Z 0-9, a digit", "bdew"),
        Form("cr", "CR-ID", re.compile(r"A[A-Z0-9]{9}\d\Z", re.ASCII), "A, 9 of A-Z 0-9, a digit", "bdew"),
        Form("mpid", "MP-ID", re.compile(r"9[89]\d{11}\Z", re.ASCII), "13 digits, beginning with 99 or 98", "bdew"),
        Form("gln", "GLN", re.compile(r"(?!9[89])\d{13}\Z", re.ASCII), "13 digits", "gs1"),
    )
}


class Agency(NamedTuple):
    """Who issued an MP-ID: its codes in UNB (DE 0007) and NAD (DE 3055), and the Sparte it stands for."""

    unb: str
    nad: str
    sparte: Literal["electricity", "gas"] | None


_AGENCIES: Final[dict[str, Agency]] = {
    "99": Agency("500", "293", "electricity"),  # BDEW
    "98": Agency("502", "332", "gas"),  # DVGW
}
_GS1: Final = Agency("14", "9", None)


def check_digit(body: str) -> str:
    """Return the BDEW check digit of an identifier's characters without their last.

    A digit counts as itself, a capital letter as its ASCII code; positions 2, 4, ... count twice (no cross sum);
    the digit fills up to the next ten. Source: BDEW Identifikatoren 1.2, 8.1 and 8.2.
    """
    total = sum((int(char) if char.isdigit() else ord(char)) * (1 + position % 2) for position, char in enumerate(body))
    return str(-total % 10)


def gs1_check_digit(body: str) -> str:
    """Return the GS1 mod-10 check digit: weights 3, 1, 3 ... from the right."""
    total = sum(int(char) * (1 + 2 * (position % 2 == 0)) for position, char in enumerate(reversed(body)))
    return str(-total % 10)


def check_market_id(text: str, kind: Kind) -> str:
    """Return `text` when it is a well-formed identifier of this kind.

    Raises ConfigError `market_id.form` (length, characters) or `market_id.check_digit`.
    """
    form = FORMS[kind]
    if form.shape.match(text) is None:
        raise ConfigError("market_id.form", f"not a {form.name}: {text!r} (expected {form.says})")
    if form.check != "none":
        wanted = check_digit(text[:-1]) if form.check == "bdew" else gs1_check_digit(text[:-1])
        if text[-1] != wanted:
            raise ConfigError(
                "market_id.check_digit", f"{form.name} {text!r}: the check digit is {text[-1]}, it should be {wanted}"
            )
    return text


def check_partner(text: str) -> Agency:
    """Return the agency of a market partner's id: MP-ID of BDEW (99...) or DVGW (98...), or a GLN.

    Raises ConfigError as `check_market_id` does.
    """
    agency = _AGENCIES.get(text[:2])
    check_market_id(text, "gln" if agency is None else "mpid")
    return _GS1 if agency is None else agency
