"""What a decoder is given besides the bytes: keys, what earlier frames taught, where findings go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable
from zoneinfo import ZoneInfo

from emtkit.model.diagnostics import Diagnostic, Severity
from emtkit.model.errors import DecodeError, EmtkitError
from emtkit.model.key import KeySource, NoKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from emtkit.model.decoded import Decoded
    from emtkit.model.series import Series
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

BERLIN: Final = ZoneInfo("Europe/Berlin")

_Store = TypeVar("_Store")


class Memory:
    """What is learned over several frames of one source: compact formats, fragments, counters.

    Each protocol keeps a store of its own type: `memory.of(FormatStore)`. One Memory per capture or
    connection; it never holds more than the stores' own limits.
    """

    __slots__ = ("_stores",)

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._stores: dict[type[Any], Any] = {}

    def of(self, kind: type[_Store]) -> _Store:
        """Return the store of this type, made on first use."""
        store = self._stores.get(kind)
        if store is None:
            store = self._stores[kind] = kind()
        found: _Store = store
        return found

    def branch(self) -> Memory:
        """Return a memory that has the stores which are here now, and makes its own of all others.

        For reading the same frames once more: what the user has given before is kept, what frames taught is not.
        """
        made = Memory()
        made._stores.update(self._stores)
        return made


@dataclass(slots=True)
class Context:
    """The surroundings of one decode call.

    keys         the key ring
    memory       what earlier frames taught
    trace        where explain's spans go, or None
    received_at  reception time of the frame (aware), or None
    zone         zone of the meters' local clocks
    strict       raise at the first diagnostic of severity warning or more
    hints        what the envelope said (`fport`, `system_title`, `device` ...)
    diagnostics  findings so far
    """

    keys: KeySource = field(default_factory=NoKeys)
    memory: Memory = field(default_factory=Memory)
    trace: Trace | None = None
    received_at: datetime | None = None
    zone: ZoneInfo = BERLIN
    strict: bool = False
    hints: Mapping[str, Any] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def report(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        layer: str,
        field: str = "",
        view: View | None = None,
        start: int = 0,
        end: int = 0,
        error: type[EmtkitError] = DecodeError,
    ) -> None:
        """Add a finding about view bytes start..end. In strict mode raise it as `error` from warning upwards."""
        low: int | None = None
        high: int | None = None
        if view is not None:
            low, high = view.span(start, end)
            if low < 0:
                low = high = None
        if self.strict and severity is not Severity.INFO:
            raise error(code, message, layer=layer, field=field, start=low, end=high)
        self.diagnostics.append(Diagnostic(severity, code, layer, field, low, high, message))

    def info(self, code: str, message: str, **place: Any) -> None:  # noqa: ANN401
        """Report at severity info."""
        self.report(Severity.INFO, code, message, **place)

    def warn(self, code: str, message: str, **place: Any) -> None:  # noqa: ANN401
        """Report at severity warning."""
        self.report(Severity.WARNING, code, message, **place)

    def error(self, code: str, message: str, **place: Any) -> None:  # noqa: ANN401
        """Report at severity error."""
        self.report(Severity.ERROR, code, message, **place)


class Decoder(Protocol):
    """What a protocol package offers.

    name    the protocol's name in results and on the command line
    sniff   how sure these bytes are this protocol: 0 (no) to 100 (checksum verified). Cheap, never raises
    decode  one frame. Raises EmtkitError when the frame is impossible; lesser trouble goes to `ctx`
    split   for stream protocols: (start, end) of each frame in a byte stream, rubbish between left out
    """

    name: str

    def sniff(self, data: bytes) -> int:
        """Return 0..100."""
        ...

    def decode(self, view: View, ctx: Context) -> Decoded:
        """Decode one frame."""
        ...

    def split(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Return the frames of a stream."""
        ...


@runtime_checkable
class HasSeries(Protocol):
    """What a decoder offers besides when its telegrams may hold whole load profiles."""

    def series(self, decoded: Decoded) -> list[Series]:
        """Return the load profiles in one of its results, one for each register; they belong to `decoded.meter`.

        The readings of these registers say the same once more; who takes the series leaves them out.
        """
        ...
