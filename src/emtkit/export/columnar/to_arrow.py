"""Arrow (`arrow`): one row per reading in the schema of `columnar.table`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, Final

from emtkit.export.columnar.table import Options as Options  # noqa: PLC0414 - part of the contract
from emtkit.export.columnar.table import pyarrow, schema, write_rows
from emtkit.model.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emtkit.export.registry import Report
    from emtkit.model.decoded import Decoded
    from emtkit.points import Points

NAME: Final = "arrow"
SUFFIX: Final = ".arrow"
TITLE: Final = "Arrow IPC stream: all readings as columns (emtkit[batch])"
OUTPUT: Final = "file"
NEEDS_POINTS: Final = False


def write(
    decoded: Iterable[Decoded],
    out: BinaryIO,
    *,
    points: Points | None = None,  # noqa: ARG001 - the contract of all formats
    options: Options | None = None,  # noqa: ARG001 - the same
) -> Report:
    """Write the readings; holds one batch at a time. Raises ConfigError `columnar.pyarrow`."""
    pa = pyarrow()
    with pa.ipc.new_stream(out, schema()) as writer:
        return write_rows(writer, decoded)


def read_rows(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Read a file row by row, `value` as Decimal.

    Raises DecodeError `columnar.syntax`, ConfigError `columnar.pyarrow`.
    """
    pa = pyarrow()
    try:
        for batch in pa.ipc.open_stream(stream):
            yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DecodeError("columnar.syntax", f"not an Arrow file: {error}") from None
