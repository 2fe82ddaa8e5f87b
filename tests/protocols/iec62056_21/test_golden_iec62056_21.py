"""Whole results as a user sees them: JSON and explanation of telegrams that the encoder made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import emtkit
from emtkit.model.jsontext import dumps
from emtkit.protocols.context import Memory
from emtkit.protocols.iec62056_21 import profiles
from emtkit.protocols.iec62056_21.encoder import data_set, write_block, write_identification, write_p1, write_readout
from emtkit.protocols.iec62056_21.messages import Identification

if TYPE_CHECKING:
    from collections.abc import Callable

WHO = Identification("EMT", "5", 9600, "C", "", "KIT-1", 200)
READOUT = write_readout(
    [
        *(data_set("F.F", "00000000"), data_set("0.0.0", "00000026"), data_set("0.9.1", "143012")),
        *(data_set("0.9.2", "260115"), data_set("0.1.2*01", "2601010000")),
        *(data_set("1.8.0", "001290.1234*kWh"), data_set("1.8.0*01", "001240.5678*kWh")),
        *(data_set("1.6.1", "0.51234*kW", "2601130745"), data_set("1-1:30D", "21")),
    ],
    identification=WHO,
)
P1 = write_p1(
    WHO,
    [
        *(data_set("0-0:1.0.0", "260715143000S"), data_set("0-0:96.1.1", b"E0004000000000026".hex().upper())),
        *(data_set("1-0:1.8.1", "000123.456*kWh"), data_set("1-0:1.7.0", "00.432*kW")),
        data_set("1-0:99.97.0", "1", "0-0:96.7.19", "250609063239S", "0000000345*s"),
        *(data_set("0-1:24.1.0", "003"), data_set("0-1:24.2.1", "260715141507S", "00234.567*m3")),
    ],
)
PROFILE = write_identification(WHO) + write_block(
    "0.0.0(00000026)\r\n"
    "P.01(1261025014500)(00000000)(15)(2)(1.5)(kW)(2.8.0)(kWh)\r\n(1.2)(7.5)\r\n(1.4)(7.6)\r\n(1.6)()\r\n"
    "P.01(1261025024500)(00000080)(15)(2)(1.5)(kW)(2.8.0)(kWh)\r\n(0.4)(7.7)\r\n"
    "P.01(0261025021500)(00000048)(15)(2)(1.5)(kW)(2.8.0)(kWh)\r\n(2.0)(7.8)\r\n"
)
TELEGRAMS = {"readout": READOUT, "p1": P1, "profile": PROFILE}


@pytest.mark.parametrize("name", TELEGRAMS)
def test_results(name: str, golden: Callable[[str, str], None]) -> None:
    decoded = emtkit.decode(TELEGRAMS[name], memory=Memory()).to_dict()
    readings = "".join(f"{dumps(reading)}\n" for reading in decoded.pop("readings"))
    golden(f"iec62056_21/{name}.jsonl", f"{dumps(decoded)}\n{readings}")


@pytest.mark.parametrize("name", TELEGRAMS)
def test_explanations(name: str, golden: Callable[[str, str], None]) -> None:
    explained = emtkit.explain(TELEGRAMS[name], memory=Memory())
    lines = []
    for span in explained.spans:
        raw = span.raw.decode("latin-1").encode("unicode_escape").decode("ascii")
        lines.append(
            f"{span.start:4} {span.end:4} {span.field:16} {raw:38} {span.meaning} {span.to_dict()['value']} {span.unit}"
        )
    golden(f"iec62056_21/{name}.explain.txt", "\n".join(lines) + "\n")


def test_series(golden: Callable[[str, str], None]) -> None:
    lines = []
    for series in profiles(emtkit.decode(PROFILE, memory=Memory())):
        lines.append(f"{series.meter.id} {series.obis} {series.unit} {series.kind} {series.step}")
        lines += [f"  {v.start} {v.end} {v.value} {v.quality} {v.reason} {v.status}" for v in series.values]
    golden("iec62056_21/profile.series.txt", "\n".join(lines) + "\n")
