"""The process in which formatters run: `python -m emtkit.codecs.worker`, one request and one answer a line.

The engine's own limits stop endless loops, hungry arrays and deep recursion, but not every slow function that is
built into it (`Array.prototype.reverse`, searching a long text). That is why formatters have a process of their own,
which `emtkit.codecs.sandbox` ends when an answer is late.

Request: `{"codec": KEY, "source": TEXT or null, "input": TEXT}`; an empty input asks for the function's name only.
Answer: `{"output": TEXT}`, `{"need": true}` (send the source once more) or `{"error": TEXT, "kind": KIND}`.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

MEMORY: Final = 16 * 1024 * 1024  # of one formatter, in bytes
SECONDS: Final = 0.5  # for loading a formatter, and for each call
STACK: Final = 256 * 1024
_WALL: Final = 2  # seconds until the system ends a worker whose parent cannot do it any more
_ADDRESS_SPACE: Final = 512 * 1024 * 1024
_MAX_CONTEXTS: Final = 8
_IDLE_MEMORY: Final = 2 * 1024 * 1024  # a formatter that keeps more between two calls begins anew
_MAX_ERROR: Final = 300

# ChirpStack v4 lets a formatter be a module: these two forms mean the same in a script
_IMPORT: Final = re.compile(r"^[ \t]*import\s*\{?\s*Buffer\s*\}?\s*from\s*[\"'](?:node:)?buffer[\"'];?", re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^[ \t]*export\s+(?:default\s+)?(?=(?:async\s+)?function\b|const\b|let\b|var\b|class\b)", re.MULTILINE
)
_NEEDS_SHIMS: Final = re.compile(r"\b(?:Buffer|TextDecoder|TextEncoder|atob|btoa)\b")
_KINDS: Final = (
    ("InternalError: interrupted", "time"),
    ("out of memory", "memory"),
    ("Maximum call stack", "stack"),
    ("stack overflow", "stack"),
    ("SyntaxError", "syntax"),
)  # fmt: skip


class Worker:
    """The formatters that are loaded, each in a context of its own."""

    def __init__(self) -> None:
        """Start without any."""
        self._host, self._shims = (
            files("emtkit.codecs").joinpath(name).read_text("utf-8") for name in ("host.js", "shims.js")
        )
        self._loaded: dict[str, tuple[Any, Any]] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one request. What a formatter does wrong is in the answer."""
        key = request["codec"]
        try:
            found = self._loaded.pop(key, None)
            if found is None:
                if request["source"] is None:
                    return {"need": True}
                found = self._load(request["source"])
            context, call = found
            output = call(request["input"])
            if context.memory()["memory_used_size"] <= _IDLE_MEMORY:
                self._loaded[key] = found  # last: the longest unused goes first
                if len(self._loaded) > _MAX_CONTEXTS:
                    del self._loaded[next(iter(self._loaded))]
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is the formatter's doing
            return _failure(error)
        return {"output": output}

    def _load(self, source: str) -> tuple[Any, Any]:
        import quickjs

        context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        context.set_time_limit(SECONDS)
        context.set_max_stack_size(STACK)
        call = context.eval(self._host)
        if _NEEDS_SHIMS.search(source):
            context.eval(self._shims)
        context.eval(_EXPORT.sub("", _IMPORT.sub("", source)))
        return context, call


def _failure(error: Exception) -> dict[str, Any]:
    text = str(error).strip() or type(error).__name__
    kind = next((kind for words, kind in _KINDS if words in text), "error")
    return {"error": " ".join(text.split())[:_MAX_ERROR], "kind": kind}


def _limit_process() -> bool:
    """Set what the operating system enforces. Returns whether it has an alarm clock."""
    try:
        import resource
    except ImportError:  # Windows
        return False
    with suppress(ValueError, OSError):  # macOS refuses some, and a lower limit may be set already
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, _ADDRESS_SPACE))
    return True


def main() -> None:
    """Answer requests until the input ends."""
    import signal

    alarm = signal.alarm if _limit_process() else None
    worker = Worker()
    _say({"ready": True})
    for line in sys.stdin:
        if alarm is not None:
            alarm(_WALL)  # the default of its signal is to end the process
        answer = worker.answer(json.loads(line))
        if alarm is not None:
            alarm(0)
        _say(answer)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
