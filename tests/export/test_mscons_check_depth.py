"""Conditions about several lines, packages, the AHB of the time, the contact of 2.4c, several SG5 in a message."""

from __future__ import annotations

import pytest

from emtkit.export.mscons.validate import check_interchanges
from emtkit.export.mscons.validate.across import DECIDED_LATER
from emtkit.export.mscons.validate.conditions import (
    Roles,
    asks_entry,
    by_number,
    head_facts,
    line_facts,
    quantity_facts,
    role_facts,
)
from emtkit.export.mscons.validate.expression import Truth
from emtkit.export.mscons.validate.tables import tables

MALO = "51238696781"
MELO = "DE00014559929E00856996N5139699L01"


def message(
    pid: str,
    document: str,
    detail: str,
    *,
    date: str = "202611030800",
    release: str = "2.5",
    application: str = "EM",
    gas: bool = False,
    contact: str = "",
) -> bytes:
    sender, receiver, unb, nad = (
        ("9800000000013", "9800000000021", "502", "332") if gas else ("9900000000011", "9900000000029", "500", "293")
    )
    body = (
        f"UNH+1+MSCONS:D:04B:UN:{release}'BGM+{document}+DOC1+9'DTM+137:{date}?+00:303'RFF+Z13:{pid}'"
        f"NAD+MS+{sender}::{nad}'{contact}NAD+MR+{receiver}::{nad}'UNS+D'{detail}"
    )
    text = (
        f"UNB+UNOC:3+{sender}:{unb}+{receiver}:{unb}+{date[2:8]}:{date[8:]}+REF1++{application}'"
        f"{body}UNT+{body.count(chr(39)) + 1}+1'UNZ+1+REF1'"
    )
    return text.encode("latin-1")


def ordered(data: bytes, more: str = "") -> bytes:
    """Add the reference to the order, and correct the control count."""
    added = f"RFF+AGI:ORDER1'{more}".encode()
    count = data.count(b"'") - 2
    return data.replace(b"RFF+Z13", added + b"RFF+Z13").replace(
        b"UNT+%d" % count, b"UNT+%d" % (count + added.count(b"'"))
    )


def faults(data: bytes, roles: Roles = Roles()) -> list[tuple[str, str]]:  # noqa: B008 - immutable
    (report,) = check_interchanges(data, roles=roles)
    return [(finding.code, finding.rule) for finding in report.errors]


def energy(number: int, begin: str, end: str, *bases: str, register: str = "1-1?:1.9.0") -> str:
    codes = "".join(f"STS+10+{code}'" for code in bases)
    return f"LIN+{number}'PIA+5+{register}:SRW'QTY+220:12.5'DTM+163:{begin}?+00:303'DTM+164:{end}?+00:303'{codes}"


AUGUST, SEPTEMBER, OCTOBER, NOVEMBER = "202607312200", "202608312200", "202609302200", "202610312300"
HEAD = f"NAD+DP'LOC+172+{MALO}'"


def test_the_basis_of_an_energy_has_two_sides() -> None:
    def two(*bases: str) -> list[tuple[str, str]]:
        return faults(message("13019", "7", HEAD + energy(1, AUGUST, SEPTEMBER, *bases)))

    assert two("Z36", "Z37") == two("Z38", "Z39") == two("Z36", "Z39") == []
    assert two("Z36") == [("mscons_check.missing", "13019 SG10 STS+10 [2003]")]
    # with and without a reading at the begin, [83] and [85]; at the end, [84] and [86]
    assert two("Z36", "Z38") == [("mscons_check.value", "13019 SG10 STS+10 DE4405 Z38 X [85]")]
    assert two("Z37", "Z39") == [("mscons_check.value", "13019 SG10 STS+10 DE4405 Z39 X [86]")]


def profile(begin: str, end: str, version: str = "") -> bytes:
    detail = f"NAD+DED'LOC+Z04+H0'{version}LIN+1'PIA+5+1-1?:1.29.0:SRW'QTY+187:1.5'"
    detail += f"DTM+163:{begin}?+00:303'DTM+164:{end}?+00:303'"
    return message("13010", "Z06", detail, application="TL")


def test_a_month_of_a_profile_needs_a_version() -> None:
    assert faults(profile(OCTOBER, "202610302300")) == []
    assert faults(profile(OCTOBER, NOVEMBER)) == [("mscons_check.missing", "13010 SG6 DTM+293 Muss [2]")]
    assert faults(profile(OCTOBER, NOVEMBER, "DTM+293:20261103080000?+00:304'")) == []


def gas_energy(*registers: str, document: str = "7") -> bytes:
    lines = "".join(
        f"LIN+{number}'PIA+5+7-0?:{register}:SRW'QTY+220:12'DTM+163:202609300400?+00:303'DTM+164:202610310500?+00:303'"
        for number, register in enumerate(registers, 1)
    )
    return message("13009", document, HEAD + lines, gas=True)


def test_energy_of_gas_stands_without_its_brennwert() -> None:
    assert faults(gas_energy("33.86.0")) == []
    assert faults(gas_energy("54.0.16", "54.0.20")) == []
    wrong = [("mscons_check.register", "13009 SG9 PIA DE7140 [51]")]
    assert faults(gas_energy("33.86.0", "54.0.16")) == wrong
    assert faults(gas_energy("54.0.16", "33.86.0")) == wrong


def test_up_to_three_lines() -> None:
    def year(lines: int) -> bytes:
        values = "".join(
            f"LIN+{n}'PIA+5+1-1?:1.9.0:SRW'QTY+220:1'DTM+163:202512312300?+00:303'DTM+164:{OCTOBER}?+00:303'"
            for n in range(1, lines + 1)
        )
        return ordered(message("13015", "Z27", HEAD + values))

    assert faults(year(3)) == []
    assert faults(year(4)) == [("mscons_check.repeated", "13015 SG9 [2002]")]


def reading(status: str, code: str = "220") -> bytes:
    detail = (
        f"NAD+DP'LOC+172+{MELO}'RFF+MG:1EMT0012345678'LIN+1'PIA+5+1-1?:1.8.0:SRW'QTY+{code}:1'"
        f"DTM+7:202611012300?+00:303'{status}"
    )
    return message("13017", "7", detail, application="VL")


def test_a_package_has_each_code_once() -> None:
    assert faults(reading("STS+Z33++Z83'STS+Z33++Z84'")) == []
    assert faults(reading("STS+Z33++Z83'STS+Z33++Z83'")) == [
        ("mscons_check.package", "13017 SG10 STS+Z33 DE9013 Z83 X [5P0..1]")
    ]
    # Z83 is for true values only
    assert ("mscons_check.package", "13017 SG10 STS+Z33 DE9013 Z83 X [5P0..1]") in faults(
        reading("STS+Z33++Z83'STS+Z32++ZJ2'STS+Z40++Z75'", "67")
    )


CONTACT = "CTA+IC+:Max Mustermann'"


@pytest.mark.parametrize(
    ("contact", "rules"),
    [
        (CONTACT + "COM+max@example.org:EM'COM+?+4930123:TE'", []),
        (CONTACT, ["2.4c"]),
        (CONTACT + "COM+max.example.org:EM'", ["[939]"]),
        (CONTACT + "COM+030 123:TE'", ["[940]"]),
        (CONTACT + "COM+?+4930123:XX'", ["[939]", "MIG SG4 COM DE3155"]),
        (CONTACT + "COM+?+4930123:TE'COM+?+4930124:TE'", ["COM DE3155 TE X [1P0..1]"]),
    ],
)
def test_the_contact_of_the_release_before(contact: str, rules: list[str]) -> None:
    detail = HEAD + energy(1, AUGUST, SEPTEMBER, "Z36", "Z37")
    data = message("13019", "7", detail, release="2.4c", date="202609030800", contact=contact)
    if rules == ["2.4c"]:  # the name alone is not enough
        assert [code for code, _ in faults(data)] == ["mscons_check.missing"]
        return
    found = [rule for _, rule in faults(data)]
    assert len(found) == len(rules)
    assert all(rule in given for rule, given in zip(rules, found, strict=True))


def monthly(date: str, day: str) -> bytes:
    detail = f"{HEAD}LIN+1'PIA+5+1-1?:1.6.0:SRW'QTY+Z31:12.5'DTM+306:{day}'"
    return message("13016", "Z42", detail, release="2.5" if date > "202610" else "2.4c", date=date)


def test_the_ahb_of_the_time_holds() -> None:
    # the power of one day came with AHB 3.1f or 3.1g
    assert faults(monthly("202611030800", "20261001:102")) == []
    assert faults(monthly("202605030800", "20260401:102")) == []
    assert faults(monthly("202507030800", "20250601:102")) == [("mscons_check.value", "13016 SG10 DTM+306 DE2379")]
    assert faults(monthly("202507030800", "202506:610")) == []


def test_an_allocation_list_has_many_locations() -> None:
    def list_of(*places: str, first: int = 1) -> bytes:
        detail = "".join(
            f"NAD+DP'LOC+172+{place}'DTM+492:202610:610'LIN+{number if first else 1}'PIA+5+7-1?:9.98.0:Z02'QTY+79:1'"
            "DTM+306:20261001:102'"
            for number, place in enumerate(places, 1)
        )
        return ordered(message("13013", "Z24", detail, gas=True), "DTM+293:20261103080000?+00:304'")

    assert faults(list_of(MALO, MALO)) == []
    assert faults(list_of(MALO, MALO, first=0)) == []
    assert faults(list_of(MALO, MELO)) == [("mscons_check.format", "[950]")]
    # others have one
    two = HEAD + energy(1, AUGUST, SEPTEMBER, "Z36", "Z37")
    assert ("mscons_check.repeated", "13019 SG5 [2001]") in faults(message("13019", "7", two + two))


def test_ordered_values_have_a_time_or_an_interval() -> None:
    def values(register: str, times: str) -> bytes:
        detail = f"{HEAD}LIN+1'PIA+5+1-1?:{register}:SRW'QTY+220:1'{times}"
        return ordered(message("13027", "Z83", detail, application="TL"))

    interval = f"DTM+163:{SEPTEMBER}?+00:303'DTM+164:{OCTOBER}?+00:303'"
    assert faults(values("1.8.0", f"DTM+7:{OCTOBER}?+00:303'")) == []
    assert faults(values("1.29.0", interval)) == []
    assert [rule for _, rule in faults(values("1.8.0", ""))] == ["13027 SG10 DTM+7 Muss [145] ∧ [146]"]
    assert [rule for _, rule in faults(values("1.29.0", ""))] == ["13027 SG10 DTM+163 Muss [147] ∧ [148]"]


def test_which_conditions_are_decided() -> None:
    """The numbers that docs/mscons-validate.md gives."""
    used = set()
    for use_case in tables().use_cases.values():
        for slot in use_case.slots.values():
            statuses = [slot.status, *([slot.group] if slot.group else [])]
            statuses += [status for cell in slot.cells for status in (cell.status, *cell.codes.values())]
            used |= {name for status in statuses for name in status.conditions}
    facts = set(head_facts({})) | set(line_facts("1-1:1.8.0")) | set(quantity_facts({})) | {"492", "22"}
    roles = set(role_facts(Roles("NB", "LF"))) & used
    hints = {name for name in used if by_number(name) is Truth.HINT}
    repetitions = {name for name in hints if name.startswith("200")}
    entries = {name for name in used if asks_entry(name)} - hints
    decided = (facts & used) | (DECIDED_LATER & used) | repetitions | entries
    open_ones = used - decided - hints - roles
    assert (len(used), len(decided), len(hints - repetitions), len(roles)) == (175, 99, 57, 9)
    assert sorted(open_ones, key=int) == ["1", "24", "67", "97", "126", "127", "128", "129", "138", "155"]
    # of these only two stand where something must be there or not
    assert by_number("67") is by_number("138") is Truth.OPEN
