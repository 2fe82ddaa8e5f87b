"""Make `src/emtkit/export/mscons/validate/tables.json` from tables of MIG, AHB and the list of OBIS codes.

    python tools/make_mscons_tables.py FOLDER

FOLDER holds `mscons_mig_2_5.json` (structure, elements and codes of MIG 2.5), `mscons_ahb_3_2_table.json` (one row per
segment, data element and code of each Prüfidentifikator), `mscons_ahb_3_1g_codes.json` (the contact of MIG 2.4c),
`mscons_ahb_deltas.json` (what AHB 3.1d and 3.1e had otherwise) and `obis_codelist.json`. The same input gives the
same bytes. What the result looks like is said in `emtkit.export.mscons.validate.tables`.
"""
# ruff: noqa: INP001 - a script, no package

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

OUTPUT: Final = Path(__file__).resolve().parents[1] / "src/emtkit/export/mscons/validate/tables.json"
PARENTS: Final = {
    "SG1": "", "SG2": "", "SG4": "SG2", "SG5": "", "SG6": "SG5", "SG7": "SG6", "SG8": "SG6", "SG9": "SG6",
    "SG10": "SG9",
}  # fmt: skip
ENVELOPE: Final = ("UNB", "UNZ")
# MIG 2.4c has the contact after NAD+MS; 2.5 has not.
CONTACT_GROUP: Final = ["SG4", "SG4", "SG2.00010", "0120", 1]
CONTACT_SEGMENTS: Final = [
    ["00010a", "CTA", "0130", ["IC"], 1, "SG4"],
    ["00010b", "COM", "0140", [], 5, "SG4"],
]
CONTACT_ELEMENTS: Final = {
    "CTA": [[["3139", "an..3"]], [["3413", "an..17"], ["3412", "an..256"]]],
    "COM": [[["3148", "an..512"], ["3155", "an..3"]]],
}
# SG4 is the sender's choice; what is in it is in the AHB of every Prüfidentifikator alike
CONTACT_NAMES: Final = {"00010a": "Ansprechpartner", "00010b": "Kommunikationsverbindung"}
# a name that the source broke at the end of a line
NAMES: Final = {"Ersatzwertbildungsverfahre n": "Ersatzwertbildungsverfahren"}
# letters of codes that a row of the source lost
CODES: Final = {("0065", "MSCON"): "MSCONS"}
ESA_CHAPTER: Final = "3.3.5"  # what ordered values (13027) may be, beyond chapter 3.1


def main(folder: Path) -> None:
    """Write the tables."""
    mig = _load(folder, "mscons_mig_2_5.json")
    ahb = _load(folder, "mscons_ahb_3_2_table.json")
    contact = next(iter(_load(folder, "mscons_ahb_3_1g_codes.json")["pids"].values()))["segments"]
    deltas = _load(folder, "mscons_ahb_deltas.json")["deltas"]
    obis = _load(folder, "obis_codelist.json")
    groups, segments = _structure(mig["structure"])
    elements = {tag: _elements(text) for tag, text in mig["elements"].items()} | CONTACT_ELEMENTS
    expressions: list[str] = []
    slots: list[Any] = []
    use_cases = {
        pid: {"name": use_case["name"], "slots": _slots(use_case["rows"], elements, expressions, slots)}
        for pid, use_case in sorted(ahb["pids"].items())
    }
    contacts = _contact(contact, elements, expressions, slots)
    for use_case in use_cases.values():
        use_case["slots"] |= contacts
    tables = {
        "groups": groups,
        "segments": segments,
        "names": _names(ahb["pids"]) | CONTACT_NAMES,
        "elements": elements,
        "conditions": dict(sorted(ahb["conditions"].items())),
        "expressions": expressions,
        "slots": slots,
        "use_cases": use_cases,
        "older": _older(deltas, use_cases, groups, segments, expressions, slots),
        "registers": _registers(obis["rows"]),
    }
    lines = [f"{json.dumps(key)}: {_compact(value)}" for key, value in tables.items()]
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _load(folder: Path, name: str) -> Any:  # noqa: ANN401 - any JSON value
    return json.loads((folder / name).read_text("utf-8"))


def _compact(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON text, one entry of the table a line, so that differences can be read."""
    if isinstance(value, dict):
        rows = [f"  {json.dumps(key)}: {_flat(item)}" for key, item in value.items()]
        return "{\n" + ",\n".join(rows) + "\n}"
    return "[\n" + ",\n".join("  " + _flat(item) for item in value) + "\n]"


def _flat(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _structure(rows: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return groups `[id, name, parent, counter, max]` and segments `[nr, tag, counter, qualifiers, max, group]`."""
    groups: list[Any] = []
    segments: list[Any] = []
    latest: dict[str, str] = {"": ""}
    names = [row["group"] for row in rows if "group" in row]
    current = ""
    for index, row in enumerate(rows):
        if "group" in row:
            name = row["group"]
            first = rows[index + 1]["nr"]
            current = f"{name}.{first}" if names.count(name) > 1 else name
            latest[name] = current
            groups.append([current, name, latest[PARENTS[name]], row["counter"], row["max"]])
        elif row["segment"] not in ENVELOPE:
            if row["segment"] in ("UNS", "UNT"):
                current = ""
            qualifiers = re.split("[,]", (row["qualifiers"] or "").partition(":")[0])
            segments.append(
                [row["nr"], row["segment"], row["counter"], list(filter(None, qualifiers)), row["max"], current]
            )
            if row["nr"] == "00010":
                groups.append(CONTACT_GROUP)
                segments += CONTACT_SEGMENTS
    return groups, segments


def _elements(text: str) -> list[list[list[str]]]:
    """Return the data elements of a segment: per element its components, `[number, form]`; form "" is unused."""
    found = []
    for element in re.sub(r"[\[\]]", "", text).split("+"):
        inner = re.search(r"\((.*)\)", element)
        components = []
        for component in (inner[1] if inner else element).split(":"):
            match = re.match(r"(\d{4})(?:[ =]((?:an|a|n)(?:\.\.)?\d+))?(=\w+)?", component.strip())
            components.append([match[1], match[2] or ("an..3" if "=" in component else "")] if match else ["", ""])
        found.append(components)
    return found


def _slots(rows: list[list[str]], elements: dict[str, Any], expressions: list[str], slots: list[Any]) -> Any:  # noqa: ANN401 - JSON
    """Return segment number -> index in `slots` of `[group status, status, [[element, component, de, allowed]]]`.

    Statuses are indexes of `expressions`; `allowed` is one, or code -> index.
    """
    found: dict[str, list[Any]] = {}
    group_status = -1
    tag = ""
    for _, _, segment, de, nr, code, _, status in rows:
        expression = _index(expressions, " ".join(re.sub(r" \(status .*", "", status).split()))
        if not segment:
            group_status = expression
            continue
        if not de:
            found[nr] = [group_status, expression, []]
            group_status, tag = -1, segment
            continue
        cells = found[nr][2]
        if code and cells and cells[-1][2] == de:
            cells[-1][3][CODES.get((de, code), code)] = expression
            continue
        after = (cells[-1][0], cells[-1][1]) if cells else (0, 0)
        element, component = _place(elements[tag], de, after)
        cells.append([element, component, de, {CODES.get((de, code), code): expression} if code else expression])
    return {nr: _index(slots, slot) for nr, slot in found.items()}


def _names(use_cases: dict[str, Any]) -> dict[str, str]:
    """Return what the segments are called, by their number."""
    found = {}
    for use_case in use_cases.values():
        for name, _, segment, de, nr, *_ in use_case["rows"]:
            if segment and not de:
                found[nr] = NAMES.get(name, name.strip())
    return dict(sorted(found.items()))


def _contact(segments: list[Any], elements: dict[str, Any], expressions: list[str], slots: list[Any]) -> dict[str, int]:
    """Return the slots of CTA and COM (MIG 2.4c)."""
    found = {}
    for number, tag in (("00010a", "CTA"), ("00010b", "COM")):
        segment = next(each for each in segments if each["group"] == "SG4" and each["seg"] == tag)
        cells = []
        for cell in segment["elements"]:
            codes = {code: _index(expressions, status) for code, status in cell["codes"].items()}
            element, component = _place(elements[tag], cell["de"], (0, 0))
            cells.append([element, component, cell["de"], codes or _index(expressions, cell["status"])])
        group = _index(expressions, "Kann") if tag == "CTA" else -1
        found[number] = _index(slots, [group, _index(expressions, "Muss"), cells])
    return found


def _older(
    deltas: list[Any],
    use_cases: dict[str, Any],
    groups: list[Any],
    segments: list[Any],
    expressions: list[str],
    slots: list[Any],
) -> dict[str, dict[str, int]]:
    """Return Prüfidentifikator -> segment number -> slot, where AHB 3.1d and 3.1e differ; -1: no such segment."""
    names = {row[0]: row[1] for row in groups}
    found: dict[str, dict[str, int]] = {}
    for pid, kind, where, change in deltas:
        group, tag, *rest = where.split()
        de = next((word[2:] for word in rest if word.startswith("DE")), "")
        qualifier = next((word for word in rest if not word.startswith("DE")), "")
        number = next(
            row[0]
            for row in segments
            if names.get(row[5]) == group and row[1] == tag and (not qualifier or qualifier in row[3])
        )
        mine = found.setdefault(pid, {})
        if kind == "only in 3.1g":
            mine[number] = -1
            continue
        if kind == "codes differ":
            statuses = dict.fromkeys(change["fv2504"], "X")
        else:
            # two columns of the source are two alternatives
            statuses = {code: re.sub(r"\s{2,}X ", " ⊻ ", old).strip() for code, (old, _) in change.items()}
        slot = json.loads(json.dumps(slots[mine.get(number, use_cases[pid]["slots"][number])]))
        cell = next(each for each in slot[2] if each[2] == de)
        if isinstance(cell[3], int):
            cell[3] = _index(expressions, statuses[""])
        else:
            kept = {} if kind == "codes differ" else cell[3]
            cell[3] = kept | {code: _index(expressions, status) for code, status in statuses.items()}
        mine[number] = _index(slots, slot)
    return found


def _place(elements: list[list[list[str]]], de: str, after: tuple[int, int]) -> tuple[int, int]:
    places = [
        (number, position)
        for number, components in enumerate(elements, 1)
        for position, (name, _) in enumerate(components, 1)
        if name == de
    ]
    return next((place for place in places if place > after), places[0])


def _index(table: list[Any], entry: Any) -> int:  # noqa: ANN401 - any JSON value
    if entry not in table:
        table.append(entry)
    return table.index(entry)


def _registers(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return Prüfidentifikator -> patterns of DE 7140. A row without one goes with the row above it."""
    found: dict[str, set[str]] = {}
    latest: list[str] = []
    for row in rows:
        if row["chapter"].startswith(ESA_CHAPTER):
            latest = ["13027"]
        elif row["pids"]:
            latest = row["pids"]
        codes = row["obis"] or ([row["row"][1]] if row["pids"] else [])
        for pid in latest:
            found.setdefault(pid, set()).update(codes)
    return {pid: sorted(codes) for pid, codes in sorted(found.items())}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
