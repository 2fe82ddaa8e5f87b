"""MSCONS files that are written: from captures and series, or from messages that were received or sent before.

header        what all messages of a Meldepunkt begin with
from_series   series and points to messages, divided; from_values: value by value, checked
scale         unit, transformer ratio and decimals of a value
periods       energies and maxima of whole months, days, years; wanted: what a use case wants of a meter
from_frames   a whole capture to files
interchange   the envelope, references and file names; files: the interchanges of a run
sent          messages that were sent; cancel: taken back; correct: replaced
to_message    a received message as one that can be written
"""
