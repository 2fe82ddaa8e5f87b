"""The text of a formatter, made ready for the engine: modules become scripts, and what they need is noted.

ChirpStack v4 lets a formatter be a module, which is strict; most formatters that are about need sloppy mode. So all
are scripts here, and the few forms of `import` and `export` that formatters use mean the same in one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Self

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_SOURCE: Final = 1024 * 1024  # characters of a formatter

_BUFFER: Final = r"[\"'](?:node:)?buffer/?[\"'][ \t]*;?"
_IMPORT: Final = re.compile(rf"^[ \t]*import\s*\{{\s*Buffer\s*,?\s*\}}\s*from\s*{_BUFFER}", re.MULTILINE)
_IMPORT_ALL: Final = re.compile(rf"^[ \t]*import\s+(?:\*\s*as\s+)?([A-Za-z_$][\w$]*)\s+from\s*{_BUFFER}", re.MULTILINE)
_EXPORT_LIST: Final = re.compile(r"^[ \t]*export\s*\{[^{}]*\}[ \t]*;?", re.MULTILINE)
_EXPORT: Final = re.compile(
    r"^[ \t]*export\s+(?:default\s+)?(?=(?:async\s+)?function\s*[\w$]|const\b|let\b|var\b|class\s+[\w$])", re.MULTILINE
)
_EXPORT_DEFAULT: Final = re.compile(r"^[ \t]*export\s+default\b", re.MULTILINE)
_SHIMMED: Final = re.compile(r"\b(?:Buffer|TextDecoder|TextEncoder|atob|btoa)\b")
_EXPORTS: Final = re.compile(r"\bexports\b")


class Script:
    """A formatter's text, and what must be around it.

    shims    it uses `Buffer` or another thing of `shims.js`
    node     it cannot do without `module`, `exports` or `require`
    exports  it may give its function only by `exports`
    """

    __slots__ = ("exports", "node", "shims", "text")

    def __init__(self, text: str, *, shims: bool, node: bool, exports: bool) -> None:
        """Keep the parts."""
        self.text = text
        self.shims = shims
        self.node = node
        self.exports = exports

    @classmethod
    def of(cls, source: str) -> Self:
        """Return the script of a formatter's source."""
        text = _IMPORT.sub("", source)
        text = _IMPORT_ALL.sub(lambda hit: "" if hit[1] == "Buffer" else f"var {hit[1]} = {{ Buffer: Buffer }};", text)
        text = _EXPORT.sub("", _EXPORT_LIST.sub("", text))
        text, defaults = _EXPORT_DEFAULT.subn("module.exports =", text)
        return cls(text, shims=bool(_SHIMMED.search(text)), node=defaults > 0, exports=bool(_EXPORTS.search(text)))


def read_script(path: Path) -> str:
    """Return the text of a formatter: UTF-8, UTF-16 with its mark, or else the Windows code page of old editors.

    Raises ConfigError `codec.file.read`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError("codec.file.read", f"{path}: {error.strerror}") from None
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\0" in text:
        raise ConfigError("codec.file.read", f"{path} is no text")
    if len(text) > MAX_SOURCE:
        raise ConfigError("codec.file.read", f"{path}: a formatter has at most {MAX_SOURCE} characters")
    return text
