"""Running formatters, guarded: in a process of its own, which is ended when it does not answer in time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
import weakref
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from time import monotonic
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, Self

from emtkit.model import jsontext
from emtkit.model.errors import ConfigError, DecodeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

WALL: Final = 0.8  # seconds from request to answer, loading included
_START: Final = 20.0  # seconds for the worker to be there; no formatter runs in them
_MAX_OVERRUNS: Final = 3  # a formatter that was stopped so often in a row is not called again
# what a Python needs to start; the worker gets nothing else of the environment
_ENVIRONMENT: Final = ("PATH", "HOME", "SYSTEMROOT", "APPDATA", "LD_LIBRARY_PATH", "PYTHONHOME")
_AROUND: Final = frozenset({"data", "errors", "warnings"})
_LIMITS: Final = {
    "time": "it ran longer than 0.5 s",
    "memory": "it used more than 16 MiB",
    "stack": "its calls are nested too deeply",
}


class Output(NamedTuple):
    """What a formatter returned: which function it was, and what, as JSON text digit by digit as JavaScript writes it.

    `decodeUplink` returns an object with `data`, `errors`, `warnings`; what the older functions return is its `data`.
    """

    function: str
    text: str

    @property
    def result(self) -> Any:  # noqa: ANN401 - JSON
        """Return what the function returned, None if that was nothing. Raises DecodeError `codec.script.result`."""
        try:
            return jsontext.loads(self.text) if self.text else None
        except ValueError as error:
            raise DecodeError("codec.script.result", f"the formatter's output cannot be read: {error}") from None

    def read(self) -> tuple[Any, tuple[str, ...]]:
        """Return the data and the warnings of a formatter that knows the payload.

        Some formatters, made for other platforms, return the data itself, without an object around it.
        Raises DecodeError `codec.script.errors` with the formatter's own words, `codec.script.result`.
        """
        result = self.result
        if not isinstance(result, dict):
            raise DecodeError("codec.script.result", f"{self.function} returned no object")
        if errors := _texts(result.get("errors")):
            raise DecodeError("codec.script.errors", f"the formatter says: {'; '.join(errors)}")
        data, warnings = result.get("data"), _texts(result.get("warnings"))
        if result and not _AROUND.intersection(result):
            data = result
        if data is None and not warnings:
            raise DecodeError("codec.script.result", f"{self.function} returned no data")
        return ({} if data is None else data), warnings


class Sandbox:
    """A worker process and what is loaded in it. It starts with the first call; `close` ends it."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: SimpleQueue[str | None] = SimpleQueue()
        self._owner = 0
        self._sent: set[str] = set()
        self._overruns: dict[str, int] = {}

    def function_of(self, source: str) -> str:
        """Return the function that a formatter offers: `decodeUplink`, `Decode` or `Decoder`.

        Raises DecodeError `codec.script.*`, ConfigError `codec.engine.*`.
        """
        return self._ask(source, "").function

    def run(
        self, source: str, payload: bytes, port: int | None, received_at: datetime | None, variables: Mapping[str, Any]
    ) -> Output:
        """Call a formatter with one payload.

        Raises DecodeError `codec.script.failed` (it threw an error), `.limit`, `.disabled`, `.result` (it is no
        formatter), ConfigError `codec.engine.*`.
        """
        given = {
            "bytes": list(payload),
            "fPort": port,
            "recvTime": None if received_at is None else received_at.isoformat(timespec="milliseconds"),
            "variables": dict(variables),
        }
        return self._ask(source, jsontext.dumps(given))

    def close(self) -> None:
        """End the worker. The next call starts another."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End the worker."""
        self.close()

    def _ask(self, source: str, given: str) -> Output:
        key = hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()
        with self._lock:
            if self._overruns.get(key, 0) >= _MAX_OVERRUNS:
                raise DecodeError(
                    "codec.script.disabled",
                    f"the formatter ran into a limit {_MAX_OVERRUNS} times in a row; it is not called again",
                )
            self._start()
            answer = self._exchange(key, source, given)
            limit = answer.get("kind") in _LIMITS
            self._overruns[key] = self._overruns.get(key, 0) + 1 if limit else 0
        if limit:
            raise DecodeError("codec.script.limit", f"the formatter was stopped: {_LIMITS[answer['kind']]}")
        if "error" in answer:
            raise DecodeError("codec.script.failed", f"the formatter failed: {answer['error']}")
        function, _, text = answer["output"].partition("\n")
        if not function:
            raise DecodeError(
                "codec.script.result", "the script has none of the functions decodeUplink, Decode and Decoder"
            )
        return Output(function, text)

    def _exchange(self, key: str, source: str, given: str) -> dict[str, Any]:
        """Send a request and wait for its answer; the source goes along when the worker does not have it."""
        deadline = monotonic() + WALL
        request = {"codec": key, "source": None if key in self._sent else source, "input": given}
        answer = self._round(request, deadline)
        if answer.get("need"):
            answer = self._round(request | {"source": source}, deadline)
        self._sent.add(key)
        return answer

    def _round(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        process = self._process
        if process is None or process.stdin is None:
            return {"error": "the worker is gone", "kind": "time"}
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=max(0.0, deadline - monotonic()))
        except (OSError, Empty):
            line = None
        if line is None:  # late, or it died of a limit of the system
            self._stop()
            return {"error": "no answer", "kind": "time"}
        found: dict[str, Any] = json.loads(line)
        return found

    def _start(self) -> None:
        """Start the worker if there is none. After a fork the parent's worker is not ours."""
        if self._process is not None and self._owner == os.getpid() and self._process.poll() is None:
            return
        self._stop()
        if find_spec("quickjs") is None:
            raise ConfigError("codec.engine.missing", "JavaScript formatters need an engine: pip install 'emtkit[js]'")
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment |= {"TZ": "UTC", "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}
        process = subprocess.Popen(  # this very Python with a module of our own
            [sys.executable, "-P", "-m", "emtkit.codecs.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True,
            encoding="utf-8",
        )  # fmt: skip
        self._process, self._owner, self._sent = process, os.getpid(), set()
        self._answers = SimpleQueue()
        weakref.finalize(self, _end, process, os.getpid())
        threading.Thread(target=_listen, args=(process.stdout, self._answers), daemon=True).start()
        try:
            ready = self._answers.get(timeout=_START)
        except Empty:
            ready = None
        if ready is None:
            self._stop()
            raise ConfigError("codec.engine.failed", "the process for JavaScript formatters does not start")

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _end(process, self._owner)


def _listen(stream: IO[str], answers: SimpleQueue[str | None]) -> None:
    """Pass on a worker's lines, and None at their end."""
    with stream:
        for line in stream:
            answers.put(line)
    answers.put(None)


def _end(process: subprocess.Popen[str], owner: int) -> None:
    if owner != os.getpid():
        return
    process.kill()
    process.wait()
    if process.stdin is not None:
        try:
            process.stdin.close()
        except OSError:  # what was still to be written has nobody who reads it
            return


def _texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(each if isinstance(each, str) else jsontext.dumps(each) for each in listed)
