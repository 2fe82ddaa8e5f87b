"""The process in which formatters run: `python -m emtkit.codecs.worker`, one request and one answer a line.

Every payload has an engine of its own, as with the network servers: many formatters leave things in global variables,
and what one payload left must not be seen in the next one's values.

The engine's own limits stop endless loops, hungry arrays and deep recursion, but not every slow function that is
built into it (`Array.prototype.reverse`, searching a long text). That is why formatters have a process of their own,
which `emtkit.codecs.sandbox` ends when an answer is late.

Request: `{"codec": KEY, "source": TEXT or null, "input": TEXT}`; an empty input asks for the function's name only.
Answer: `{"output": TEXT}` (see host.js), `{"need": true}` (send the source once more) or
`{"error": TEXT, "kind": KIND}`.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import suppress
from importlib.resources import files
from typing import Any, Final

from emtkit.codecs.scripts import Script

MEMORY: Final = 16 * 1024 * 1024  # of one formatter, in bytes
SECONDS: Final = 0.5  # for loading a formatter, and for each call
STACK: Final = 256 * 1024
_WALL: Final = 2  # seconds until the system ends a worker whose parent cannot do it any more
_ADDRESS_SPACE: Final = 512 * 1024 * 1024
_KEPT: Final = 1024 * 1024  # characters of sources that are kept; the longest unused goes first
_MAX_ERROR: Final = 300

_MISSING: Final = re.compile(r"ReferenceError: (?:module|exports|require) is not defined")
_KINDS: Final = (
    ("InternalError: interrupted", "time"),
    ("out of memory", "memory"),
    ("Maximum call stack", "stack"),
    ("stack overflow", "stack"),
    ("SyntaxError", "syntax"),
)  # fmt: skip


class Worker:
    """The formatters that were sent, and the scripts of our own around them."""

    def __init__(self) -> None:
        """Start without any."""
        self._host, self._node, self._shims = (
            files("emtkit.codecs").joinpath(name).read_text("utf-8") for name in ("host.js", "node.js", "shims.js")
        )
        self._scripts: dict[str, Script] = {}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one request. What a formatter does wrong is in the answer."""
        try:
            script = self._script(request["codec"], request["source"])
            return {"need": True} if script is None else {"output": self._call(script, request["input"])}
        except Exception as error:  # noqa: BLE001 - whatever the engine raises is the formatter's doing
            return _failure(error)

    def _script(self, key: str, source: str | None) -> Script | None:
        script = self._scripts.pop(key, None)
        if script is None:
            if source is None:
                return None
            script = Script.of(source)
        self._scripts[key] = script  # last: the longest unused goes first
        while len(self._scripts) > 1 and sum(len(each.text) for each in self._scripts.values()) > _KEPT:
            del self._scripts[next(iter(self._scripts))]
        return script

    def _call(self, script: Script, given: str) -> str:
        """Call a formatter; one that turns out to be a module of Node.js once more as such."""
        try:
            output = self._run(script, given)
        except Exception as error:
            if script.node or not _MISSING.search(str(error)):
                raise
        else:
            if script.node or not script.exports or not output.startswith("\n"):
                return output
        script.node = script.shims = True
        return self._run(script, given)

    def _run(self, script: Script, given: str) -> str:
        import quickjs

        context = quickjs.Context()
        context.set_memory_limit(MEMORY)
        context.set_time_limit(SECONDS)
        context.set_max_stack_size(STACK)
        call = context.eval(self._host)
        if script.shims:
            context.eval(self._shims)
        if script.node:
            context.eval(self._node)
        context.eval(script.text)
        return str(call(given))


def _failure(error: Exception) -> dict[str, Any]:
    text = str(error).strip() or type(error).__name__
    if text == "null":  # the engine had no memory left even for an error
        return {"error": text, "kind": "memory"}
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
