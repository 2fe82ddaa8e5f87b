"""Progress of a long batch: one line on standard error, on a terminal only, gone when the batch ends."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

from emtkit.cli.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.cli.tally import Tally
    from emtkit.model.decoded import Decoded

_FIRST: Final = 1.0  # seconds until a batch is long
_EVERY: Final = 0.2
_CLEAR: Final = "\r\x1b[K"


def with_progress(telegrams: Iterable[Decoded], tally: Tally) -> Iterator[Decoded]:
    """Pass the telegrams on; from the second second on say how many there were."""
    if not sys.stderr.isatty():
        yield from telegrams
        return
    begin = time.monotonic()
    due = begin + _FIRST
    shown = False
    try:
        for decoded in telegrams:
            yield decoded
            now = time.monotonic()
            if now >= due:
                due, shown = now + _EVERY, True
                _show(tally, decoded, now - begin)
    finally:
        if shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()


def _show(tally: Tally, decoded: Decoded, seconds: float) -> None:
    parts = [count(tally.frames, "telegram"), f"{count(round(tally.frames / seconds))}/s"]
    if tally.failed:
        parts.append(f"{count(tally.failed)} failed")
    if decoded.origin.source:
        parts.append(decoded.origin.source)
    text = ", ".join(parts)[: shutil.get_terminal_size().columns - 1]
    sys.stderr.write(f"{_CLEAR}{text}")
    sys.stderr.flush()
