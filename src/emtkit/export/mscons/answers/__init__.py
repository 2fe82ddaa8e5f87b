"""CONTRL and APERAK: what a received MSCONS interchange is answered with, and what partners answered.

    codes      what the codes of both mean, and at which level each is possible
    asked      the interchange that is answered: its partners, reference, time and Sparte
    contrl     one CONTRL message: received, or rejected with the place of each syntax error
    aperak     APERAK messages: one a message of the interchange, with every error of the AHB
    write      the files that answer an interchange
    read       CONTRL and APERAK files that partners sent
    sent       which of your own files and messages they answer

Source: CONTRL AHB 1.0 and MIG 2.0b; APERAK AHB 1.1 and MIG 2.2 (both from 2026-10-01).
"""

from __future__ import annotations

from emtkit.export.mscons.answers.read import Answer, AnswerError, read_answers
from emtkit.export.mscons.answers.sent import SentFile, read_sent
from emtkit.export.mscons.answers.write import AnswerFile, Answers, answer

__all__ = ["Answer", "AnswerError", "AnswerFile", "Answers", "SentFile", "answer", "read_answers", "read_sent"]
