"""How fast MSCONS is written and its segments are read: 1,000 messages of 96 values, user CPU.

    python benchmarks/bench_mscons.py
    python benchmarks/bench_mscons.py --peer .venv-peers/bin/python     also pydifact, in its own venv

The peer writes the same segments from ready-made texts; emtkit starts from series, so it also checks and converts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time

from emtkit.export.edifact.tokenizer import read_segments
from emtkit.export.mscons.from_series import Rules, drafts, message_of, part_of
from emtkit.export.mscons.header import header_of
from emtkit.export.mscons.interchange import Interchange
from emtkit.export.mscons.message import MessageWriter
from emtkit.model.meter_id import MeterId
from emtkit.model.series import Series, SeriesValue
from emtkit.points import Point

MESSAGES = 1_000
VALUES = 96
BEGIN = datetime(2026, 11, 1, 23, tzinfo=UTC)
CREATED = datetime(2026, 11, 3, 8, tzinfo=UTC)
STEP = timedelta(minutes=15)

PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
from pydifact.segmentcollection import Interchange
text = open(sys.argv[1], encoding="latin-1").read()
values = int(sys.argv[2])
begin = time.process_time()
interchange = Interchange.from_str(text)
print(f"  pydifact reads segments     {values / (time.process_time() - begin):>12,.0f} values/s")
begin = time.process_time()
interchange.serialize()
print(f"  pydifact writes segments    {values / (time.process_time() - begin):>12,.0f} values/s")
"""


def series(number: int) -> Series:
    """Return one day's load profile in Wh, the values differing from series to series."""
    marks = [BEGIN + index * STEP for index in range(VALUES + 1)]
    values = [
        SeriesValue(marks[index], marks[index + 1], Decimal((number * 7 + index * 13) % 3000))
        for index in range(VALUES)
    ]
    return Series(MeterId("EMT", f"{number:08}"), "1-0:1.8.0*255", "Wh", "interval", STEP, values)


def write(point: Point, profiles: list[Series]) -> bytes:
    """Write one interchange with a message for each series."""
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
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", help="Python of a venv with pydifact")
    peer = parser.parse_args().peer
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
    profiles = [series(number) for number in range(MESSAGES)]
    count = MESSAGES * VALUES
    begin = process_time()
    data = write(point, profiles)
    print(f"{MESSAGES} messages of {VALUES} values, {len(data) / 1e6:.1f} MB")
    print(f"  emtkit writes from series   {count / (process_time() - begin):>12,.0f} values/s")
    begin = process_time()
    segments = sum(1 for _ in read_segments(data))
    print(f"  emtkit reads segments       {count / (process_time() - begin):>12,.0f} values/s ({segments} segments)")
    if peer:
        with tempfile.NamedTemporaryFile(suffix=".edi") as file:
            Path(file.name).write_bytes(data)
            subprocess.run([peer, "-c", PEER, file.name, str(count)], check=True, stdout=sys.stdout)


if __name__ == "__main__":
    main()
