"""DLMS/COSEM (IEC 62056): the protocol of Europe's customer interfaces and of most meters that are read remotely.

hdlc, wrapper, mbus_link, stream, negotiation     frames around APDUs
transport, grouping                               frames to APDUs, streams to telegrams
axdr, axdr_write, axdr_rows, axdr_length, compact, cosem_time values
codec, apdu_form, apdu, apdu_*, results, tags     services; blocks cuts what is too long for one APDU
acse, ber                                         associations
security, unlock, envelope                        ciphering, authentication, signatures
push_body, push, push_lists, pushing              notifications
classes, objects, profile                         interface classes
session, walk, answers                            what goes over several frames
readings, identity                                results
framing, decoder, decode                          detection, and the way in
"""

from emtkit.protocols.dlms.decoder import DECODER, decode_apdu

__all__ = ["DECODER", "decode_apdu"]
