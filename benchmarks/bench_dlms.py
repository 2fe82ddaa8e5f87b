"""emtkit against dlms-cosem, pydlms-client and gurux-dlms: a profile buffer, a push over HDLC, a ciphered push.

Usage: python benchmarks/bench_dlms.py [--rounds N]

The peers run in a venv of their own ($EMTKIT_PEERS, default .venv-peers/bin/python). Everything measured is made
here by emtkit's encoders: a load profile of 2976 rows and four columns, a push of eight objects in an HDLC frame, and
a larger one, encrypted and authenticated, also in a frame. Each peer does the same by its own means, up to the plain
values of its data model; emtkit goes on to readings with units and times. Each round times all programs one after
the other, user CPU; the fastest round of each counts, because a shared machine only ever adds time.
"""

from __future__ import annotations

import argparse

from measure import PEERS, Program, take_turns

from emtkit.model.obis import Obis
from emtkit.protocols.dlms import axdr, axdr_write, security
from emtkit.protocols.dlms.apdu import encode_apdu
from emtkit.protocols.dlms.apdu_cipher import GeneralGlo
from emtkit.protocols.dlms.apdu_notify import DataNotification, NotificationTime
from emtkit.protocols.dlms.axdr import Data
from emtkit.protocols.dlms.hdlc import HdlcAddress, build_frame
from emtkit.protocols.dlms.push_body import Body

PROGRAMS = ("emtkit", "dlms-cosem", "pydlms-client", "gurux-dlms")

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
TITLE = b"EMT\x00\x00\x00\x00\x01"
CLOCK = bytes.fromhex("07ea0b17010c1e00ffffc400")
LLC = b"\xe6\xe7\x00"

# Runs in the program's own interpreter. `jobs` has one function for each case; it must give the values.
WORKER = """
import json, resource, sys
program = sys.argv[1]
cases = {name: bytes.fromhex(text) for name, text in json.loads(sys.stdin.read()).items()}
EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
if program == "emtkit":
    from emtkit.keys import KeyRing
    from emtkit.model.key import Key
    from emtkit.protocols.context import Context, Memory
    from emtkit.protocols.dlms import DECODER, axdr
    from emtkit.wire.cursor import Cursor
    from emtkit.wire.view import View
    class Ring:
        found = {"encryption": (Key(EK),), "authentication": (Key(AK),)}
        def candidates(self, meter, use="encryption"):
            return self.found[use]
    keys, memory = Ring(), Memory()
    def profile(data):
        return len(axdr.read_data(Cursor(View(data), "bench")).elements)
    def push(data):
        return len(DECODER.decode(View(data), Context(keys, memory)).readings)
    def ciphered(data):
        decoded = DECODER.decode(View(data), Context(keys, memory))
        assert decoded.security.verified
        return len(decoded.readings)
elif program == "dlms-cosem":
    from dlms_cosem import security, utils
    from dlms_cosem.hdlc import frames
    from dlms_cosem.protocol import xdlms
    def profile(data):
        return len(utils.parse_as_dlms_data(data))
    def values(apdu):
        return len(utils.parse_as_dlms_data(xdlms.DataNotification.from_bytes(apdu).body))
    def push(data):
        return values(frames.UnnumberedInformationFrame.from_bytes(data).payload[3:])
    def ciphered(data):
        apdu = xdlms.GeneralGlobalCipher.from_bytes(frames.UnnumberedInformationFrame.from_bytes(data).payload[3:])
        return values(security.decrypt(
            apdu.security_control, apdu.system_title, apdu.invocation_counter, EK, apdu.ciphered_text, AK))
elif program == "pydlms-client":
    from pydlms.cosem.data import decode_data
    from pydlms.push import PushDecoder
    from pydlms.security.context import SecurityContext
    def profile(data):
        return len(decode_data(data)[0].value)
    def push(data):
        (message,) = PushDecoder().feed(data)
        return len(message.records)
    def ciphered(data):
        context = SecurityContext(EK, AK, client_system_title=b"CLI\\0\\0\\0\\0\\2")
        (message,) = PushDecoder(security=context).feed(data)
        assert message.authenticated
        return len(message.records)
elif program == "gurux-dlms":
    from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData
    from gurux_dlms.enums import Security
    from gurux_dlms.internal._GXCommon import _GXCommon
    from gurux_dlms.internal._GXDataInfo import _GXDataInfo
    from gurux_dlms.secure import GXDLMSSecureClient
    def profile(data):
        return len(_GXCommon.getData(None, GXByteBuffer(data), _GXDataInfo()))
    def take(client, data):
        reply, notify = GXReplyData(), GXReplyData()
        client.getData(GXByteBuffer(data), reply, notify)
        return len(reply.value if reply.value is not None else notify.value)
    def push(data):
        return take(GXDLMSClient(True), data)
    def ciphered(data):
        client = GXDLMSSecureClient(True)
        client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
        client.ciphering.systemTitle = b"CLI\\0\\0\\0\\0\\2"
        client.ciphering.blockCipherKey, client.ciphering.authenticationKey = EK, AK
        return take(client, data)
def cpu():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime
jobs = {"profile": (profile, 1), "push": (push, 100), "ciphered": (ciphered, 60)}
best = {}
for name, data in cases.items():
    run, times = jobs[name]
    try:
        run(data)
    except Exception as error:
        print(program, name, repr(error), file=sys.stderr)
        continue
    best[name] = 1e9
    for _ in range(5):
        start = cpu()
        for _ in range(times):
            run(data)
        best[name] = min(best[name], (cpu() - start) / times)
print("result", json.dumps(best))
"""


def register(obis: str, value: int, scaler: int, unit: int) -> Data:
    """Return {name, value, scaler_unit}."""
    return axdr.structure(
        axdr.octets(bytes(Obis.parse(obis))),
        Data(axdr.DOUBLE_LONG_UNSIGNED, value),
        axdr.structure(Data(axdr.INTEGER, scaler), Data(axdr.ENUM, unit)),
    )


def notification(objects: int, number: bytes) -> bytes:
    """Return a push of a meter number and this many registers."""
    first = axdr.structure(axdr.octets(bytes.fromhex("0000600100ff")), axdr.octets(number))
    rows = [register(f"1-0:{1 + number % 2}.8.{number // 2}", 1000 * number, 0, 30) for number in range(objects)]
    return encode_apdu(DataNotification(1, NotificationTime(CLOCK), Body(axdr.structure(first, *rows))))


def frame(apdu: bytes) -> bytes:
    """Return an APDU in one HDLC frame."""
    return build_frame(HdlcAddress(16), HdlcAddress(1), 0x13, LLC + apdu)


def cases() -> dict[str, bytes]:
    """Return what is measured."""
    rows = [
        axdr.structure(
            axdr.octets(CLOCK),
            Data(axdr.UNSIGNED, 0),
            Data(axdr.DOUBLE_LONG_UNSIGNED, 1_000_000 + 37 * number),
            Data(axdr.DOUBLE_LONG_UNSIGNED, 500 + number),
        )
        for number in range(2976)
    ]
    protected = security.protect(
        notification(19, b"1000000000000001"), control=0x30, title=TITLE, counter=1, key=EK, authentication_key=AK
    )
    return {
        "profile": axdr_write.encode_data(axdr.array(*rows)),
        "push": frame(notification(8, b"10000000000001")),
        "ciphered": frame(encode_apdu(GeneralGlo(TITLE, protected))),
    }


def main() -> None:
    """Print microseconds per case and how many times as long each peer takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    data = cases()
    texts = {name: raw.hex() for name, raw in data.items()}
    programs = [Program("emtkit", texts), *(Program(name, texts, PEERS) for name in PROGRAMS[1:])]
    best = take_turns(WORKER, programs, rounds)
    print(f"{'case':10}{'bytes':>8}" + "".join(f"{program:>22}" for program in PROGRAMS) + "   (us, user CPU)")
    for name, raw in data.items():
        own = best["emtkit", name]
        line = f"{name:10}{len(raw):8}"
        for program in PROGRAMS:
            peer = best.get((program, name))
            text = "-" if peer is None else f"{peer * 1e6:.0f}"
            line += f"{text if peer is None or program == 'emtkit' else f'{text} ({peer / own:.2f} x)':>22}"
        print(line)


if __name__ == "__main__":
    main()
