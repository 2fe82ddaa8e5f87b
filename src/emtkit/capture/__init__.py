"""Captures: recorded files to frames, one module per format; `decoded` goes on to decoded telegrams.

`read_capture` is loaded on first use, because it needs all that decodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emtkit.capture.frame import CaptureFailure, CaptureFrame, CaptureItem
from emtkit.capture.read import read_frames
from emtkit.capture.registry import FORMATS

if TYPE_CHECKING:
    from emtkit.capture.decoded import read_capture

__all__ = ["FORMATS", "CaptureFailure", "CaptureFrame", "CaptureItem", "read_capture", "read_frames"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute
    """Load `read_capture` when it is asked for."""
    if name == "read_capture":
        from emtkit.capture.decoded import read_capture

        return read_capture
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
