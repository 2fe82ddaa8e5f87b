"""Codes of CONTRL (DE 0085) and APERAK (DE 9321): what they mean, and at which level each is possible.

Source: CONTRL AHB 1.0; APERAK AHB 1.1, chapters 3 and 4.3.
"""

from __future__ import annotations

from typing import Final, Literal

Level = Literal["UCI", "UCM", "UCS", "UCD"]

RECEIVED: Final = "7"  # DE 0083
REJECTED: Final = "4"

# DE 0085
SYNTAX_ERRORS: Final = {
    "2": "Syntax-Version oder -ebene nicht unterstützt",
    "7": "Empfänger der Übertragungsdatei ist nicht der tatsächliche Empfänger",
    "12": "Ungültiger Wert",
    "13": "Fehlt",
    "15": "Nicht unterstützt an dieser Position",
    "16": "Zu viele Bestandteile",
    "19": "Ungültige Dezimalschreibung",
    "20": "Zeichen ungültig als Service-Zeichen",
    "21": "Ungültige(s) Zeichen",
    "22": "Ungültige(s) Service-Zeichen",
    "23": "Unbekannter Absender der Übertragungsdatei",
    "25": "Test-Kennzeichen nicht unterstützt",
    "26": "Duplikat gefunden",
    "28": "Referenzen stimmen nicht überein",
    "29": "Kontrollzähler entspricht nicht der Anzahl empfangener Fälle",
    "32": "Tiefere Ebene leer",
    "35": "Zu viele Segment-Wiederholungen",
    "36": "Zu viele Segmentgruppen-Wiederholungen",
    "37": "Ungültige Zeichenart",
    "38": "Fehlende Ziffer vor dem Dezimalzeichen",
    "39": "Datenelement zu lang",
    "40": "Datenelement zu kurz",
}
LEVELS: Final[dict[Level, frozenset[str]]] = {
    "UCI": frozenset({"2", "7", "12", "13", "16", "20", "21", "23", "25", "26", "28", "29", "32"}),
    "UCM": frozenset({"12", "13", "16", "21", "22", "26", "28", "29", "39"}),
    "UCS": frozenset({"13", "15", "16", "22", "35", "36"}),
    "UCD": frozenset({"12", "13", "16", "19", "21", "22", "37", "38", "39", "40"}),
}
INVALID_VALUE: Final = "12"

# DE 9321
PROCESSING_ERRORS: Final = {
    "Z10": "ID unbekannt",
    "Z14": "Objekt im IT-System nicht gefunden",
    "Z15": "Objekt im IT-System nicht eindeutig",
    "Z16": "Objekt nicht mehr im Netzgebiet",
    "Z17": "Absender ist zum angegebenen Zeitintervall / Zeitpunkt dem Objekt nicht zugeordnet",
    "Z18": "Empfänger ist zum angegebenen Zeitintervall / Zeitpunkt dem Objekt nicht zugeordnet",
    "Z19": "Gerätenummer zum angegebenen Zeitintervall / Zeitpunkt an der Messlokation nicht bekannt",
    "Z20": "OBIS-Kennzahl zum angegebenen Zeitintervall / Zeitpunkt am Objekt nicht bekannt",
    "Z21": "Geschäftsvorfallinterne Referenzierung fehlerhaft",
    "Z24": "Zuordnungs-Tupel unbekannt",
    "Z25": "Absender ist dem durch das Zuordnungs-Tupel identifizierten Objekt nicht zugeordnet",
    "Z26": "Empfänger ist dem durch das Zuordnungs-Tupel identifizierten Objekt nicht zugeordnet",
    "Z27": "Vorkomma-Stellenzahl des Zählwertes ist zu lang",
    "Z29": "Erforderliche Angabe für diesen Anwendungsfall fehlt",
    "Z30": "Zeitreihe unvollständig",
    "Z31": "Geschäftsvorfall wird vom Empfänger zurückgewiesen",
    "Z33": "Referenziertes Geschäftsvorfall-Tupel nicht vorhanden",
    "Z34": "Zeitintervall negativ oder Null",
    "Z35": "Format nicht eingehalten",
    "Z37": "Geschäftsvorfall darf vom Sender nicht gesendet werden",
    "Z38": "Anzahl der übermittelten Codes überschreitet Paketdefinition",
    "Z39": "Code nicht aus erlaubtem Wertebereich",
    "Z40": "Segment- bzw. Segmentgruppenwiederholbarkeit überschritten",
    "Z41": "Zeitangabe unplausibel",
    "Z42": "Konfigurations-ID zum angegebenen Zeitintervall / Zeitpunkt nicht bekannt",
    "Z43": "Geschäftsvorfall für Objekt mit der Eigenschaft nicht erlaubt",
    "Z44": "Eigenschaft des Objekts weicht von der im Geschäftsvorfall codierten Eigenschaft ab",
}
# with these the place of the error (FTX+Z02) must be given
WITH_PLACE: Final = frozenset({"Z21", "Z29", "Z35", "Z38", "Z39", "Z40", "Z41"})
INTERVAL: Final = "Z34"

# data elements that are no composite, by tag: the position of a component is not given there (S011 0104)
SIMPLE: Final = {
    "BGM": frozenset({3}), "CCI": frozenset({1}), "CTA": frozenset({1}), "LIN": frozenset({1}), "LOC": frozenset({1}),
    "NAD": frozenset({1}), "PIA": frozenset({1}), "UNB": frozenset({5, 7, 8, 9, 10, 11}), "UNH": frozenset({1, 3}),
    "UNS": frozenset({1}), "UNT": frozenset({1, 2}), "UNZ": frozenset({1, 2}),
}  # fmt: skip


def at_level(code: str, level: Level) -> str:
    """Return the code that a level has for a syntax error: its own, or `12` (invalid value)."""
    return code if code in LEVELS[level] else INVALID_VALUE
