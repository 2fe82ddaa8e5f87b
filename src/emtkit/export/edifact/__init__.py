"""EDIFACT syntax (ISO 9735, version 3): characters, segments, a writer and a streaming reader.

Knows no message type: MSCONS and whatever follows it (CONTRL, APERAK) build on this.

    service     the service characters (UNA)
    segments    one segment, and its text
    tokenizer   bytes of a file of any length -> segments, one at a time
"""
