"""SML, the Smart Message Language of German electricity meters (optical head, SMGW-LMN, files).

`DECODER` reads frames; `SmlStream` finds them in a stream; `decode_messages` reads messages that stand without a
transport frame; `build_message` and `build_frame` write what `structures` describes.
"""

from emtkit.protocols.sml.content import decode_messages
from emtkit.protocols.sml.decoder import DECODER, SmlDecoder, Transport
from emtkit.protocols.sml.message import build_message
from emtkit.protocols.sml.transport import Damaged, Frame, Noise, SmlStream, build_frame

__all__ = [
    "DECODER",
    "Damaged",
    "Frame",
    "Noise",
    "SmlDecoder",
    "SmlStream",
    "Transport",
    "build_frame",
    "build_message",
    "decode_messages",
]
