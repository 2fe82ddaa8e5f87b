"""IEC 62056-21 (IEC 1107) text telegrams: readouts, programming messages, VDEW/FNN profiles and logbooks, DSMR P1.

All results have protocol `iec62056_21`, P1 telegrams too: it is the same syntax with an identification and data sets.
"""

from __future__ import annotations

from emtkit.protocols.iec62056_21.decoder import DECODER, decode, sniff, split
from emtkit.protocols.iec62056_21.series import profiles

__all__ = ["DECODER", "decode", "profiles", "sniff", "split"]
