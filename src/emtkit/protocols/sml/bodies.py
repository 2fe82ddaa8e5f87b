"""The structures and message bodies of SML: for every class the coding of each field, in the order of the standard.

Source: SML 1.04, chapter 5 (messages) and 6.2 (structures).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.protocols.sml import structures as sml
from emtkit.protocols.sml.codec import (
    ANY,
    BOOL,
    OCTET_STRING,
    SIGNED_NUMBER,
    TIME,
    UNSIGNED_NUMBER,
    VALUE,
    Coding,
    list_of,
    no_list,
    sequence,
)
from emtkit.protocols.sml.tlv import ABSENT, LIST, Unsigned, read_any, read_number
from emtkit.protocols.sml.tlv_write import tl_field, write_any, write_unsigned, wrong

if TYPE_CHECKING:
    from emtkit.protocols.sml.tlv import SmlCursor

LIST_ENTRY: Final = sequence(
    sml.ListEntry, OCTET_STRING, UNSIGNED_NUMBER, TIME, UNSIGNED_NUMBER, SIGNED_NUMBER, VALUE, OCTET_STRING
)
PERIOD_ENTRY: Final = sequence(
    sml.PeriodEntry, OCTET_STRING, UNSIGNED_NUMBER, SIGNED_NUMBER, VALUE, OCTET_STRING
)  # fmt: skip
_MEASURED: Final = (UNSIGNED_NUMBER, SIGNED_NUMBER, SIGNED_NUMBER)  # unit, scaler, value
TUPEL_ENTRY: Final = sequence(
    sml.TupelEntry, OCTET_STRING, TIME, UNSIGNED_NUMBER,
    *_MEASURED, *_MEASURED, *_MEASURED, OCTET_STRING,
    *_MEASURED, *_MEASURED, *_MEASURED, OCTET_STRING,
)  # fmt: skip
PROFILE_HEADER: Final = sequence(sml.ProfileHeader, OCTET_STRING, UNSIGNED_NUMBER, SIGNED_NUMBER)
VALUE_ENTRY: Final = sequence(sml.ValueEntry, VALUE, OCTET_STRING)
PROFILE_PERIOD: Final = sequence(sml.ProfilePeriod, TIME, UNSIGNED_NUMBER, list_of(VALUE_ENTRY), OCTET_STRING)

_PROC_PAR: Final[dict[int, Coding]] = {1: VALUE, 2: PERIOD_ENTRY, 3: TUPEL_ENTRY, 4: TIME, 5: LIST_ENTRY}


def read_proc_par_value(cur: SmlCursor, field: str) -> sml.ProcParValue | None:
    """Read SML_ProcParValue, a choice in a list of two."""
    start = cur.pos
    kind, size = cur.tl(field)
    if kind != LIST:
        no_list(cur, start, field, kind, size)
        return None
    if size != 2:
        cur.unexpected(start, field, "a list of choice and value")
        return None
    cur.enter(field, start)
    choice = read_number(cur, "choice") or 0
    value = _PROC_PAR.get(choice, ANY).read(cur, "value")
    cur.leave()
    return sml.ProcParValue(choice, value)


def write_proc_par_value(out: bytearray, value: sml.ProcParValue | None, field: str) -> None:
    """Write SML_ProcParValue."""
    if value is None:
        out.append(ABSENT)
        return
    if not isinstance(value, sml.ProcParValue):
        raise wrong(field, "ProcParValue", value)
    out += tl_field(LIST, 2)
    write_unsigned(out, value.choice, f"{field}.choice")
    _PROC_PAR.get(value.choice, ANY).write(out, value.value, f"{field}.value")


PROC_PAR_VALUE: Final = Coding(read_proc_par_value, write_proc_par_value)


def _read_tree(cur: SmlCursor, field: str) -> sml.Tree | None:
    tree: sml.Tree | None = TREE.read(cur, field)
    return tree


def _write_tree(out: bytearray, value: sml.Tree | None, field: str) -> None:
    TREE.write(out, value, field)


# A tree holds trees, so the coding of the children finds that of the tree when it is used.
TREE: Final[Coding] = sequence(sml.Tree, OCTET_STRING, PROC_PAR_VALUE, list_of(Coding(_read_tree, _write_tree)))
TREE_PATH: Final = list_of(OCTET_STRING)

_PROFILE_REQ: Final = (
    OCTET_STRING, OCTET_STRING, OCTET_STRING, BOOL, TIME, TIME, TREE_PATH, list_of(OCTET_STRING), TREE
)  # fmt: skip

# SML 1.04, 5.1: tag -> (name for people, coding)
BODIES: Final[dict[int, tuple[type[Any], Coding]]] = {
    tag: (kind_of, sequence(kind_of, *codings))
    for tag, kind_of, codings in (
        (0x0100, sml.OpenReq, (*[OCTET_STRING] * 6, UNSIGNED_NUMBER)),
        (0x0101, sml.OpenRes, (*[OCTET_STRING] * 4, TIME, UNSIGNED_NUMBER)),
        (0x0200, sml.CloseReq, (OCTET_STRING,)),
        (0x0201, sml.CloseRes, (OCTET_STRING,)),
        (0x0300, sml.GetProfilePackReq, _PROFILE_REQ),
        (0x0301, sml.GetProfilePackRes, (
            OCTET_STRING, TIME, UNSIGNED_NUMBER, TREE_PATH, list_of(PROFILE_HEADER), list_of(PROFILE_PERIOD),
            OCTET_STRING, OCTET_STRING,
        )),
        (0x0400, sml.GetProfileListReq, _PROFILE_REQ),
        (0x0401, sml.GetProfileListRes, (
            OCTET_STRING, TIME, UNSIGNED_NUMBER, TREE_PATH, TIME, UNSIGNED_NUMBER, list_of(PERIOD_ENTRY),
            OCTET_STRING, OCTET_STRING,
        )),
        (0x0500, sml.GetProcParameterReq, (OCTET_STRING, OCTET_STRING, OCTET_STRING, TREE_PATH, OCTET_STRING)),
        (0x0501, sml.GetProcParameterRes, (OCTET_STRING, TREE_PATH, TREE)),
        (0x0600, sml.SetProcParameterReq, (OCTET_STRING, OCTET_STRING, OCTET_STRING, TREE_PATH, TREE)),
        (0x0700, sml.GetListReq, (OCTET_STRING,) * 5),
        (0x0701, sml.GetListRes, (
            OCTET_STRING, OCTET_STRING, OCTET_STRING, TIME, list_of(LIST_ENTRY), OCTET_STRING, TIME,
        )),
        (0xFF01, sml.AttentionRes, (OCTET_STRING, OCTET_STRING, OCTET_STRING, TREE)),
    )
}  # fmt: skip
TAGS: Final[dict[type[Any], int]] = {kind_of: tag for tag, (kind_of, _) in BODIES.items()}

# Names of further tags of SML 1.04, for people; their bodies are kept as they are.
OTHER_TAGS: Final[dict[int, str]] = {
    0x0800: "GetCosemReq",
    0x0801: "GetCosemRes",
    0x0900: "SetCosemReq",
    0x0901: "SetCosemRes",
    0x0A00: "ActionCosemReq",
    0x0A01: "ActionCosemRes",
}


def read_body(cur: SmlCursor) -> sml.Body | None:
    """Read SML_MessageBody: a list of tag and body."""
    start = cur.pos
    kind, size = cur.tl("message_body")
    if kind != LIST or size != 2:
        raise cur.error("sml.message.body", "a message body is a list of tag and body", "message_body", start)
    if cur.trace is not None:
        cur.trace.add(cur.view, start, cur.pos, cur.layer, cur.where("message_body"), "tag and body")
    tag = read_number(cur, "tag")
    if tag is None:
        raise cur.error("sml.message.body", "the message body has no tag", "tag", start)
    body: sml.Body | None
    if tag in BODIES:
        kind_of, coding = BODIES[tag]
        body = coding.read(cur, kind_of.__name__)
    else:
        body_start = cur.pos
        body = sml.OtherBody(tag, read_any(cur, OTHER_TAGS.get(tag, "body")))
        name = OTHER_TAGS.get(tag)
        text = f"message tag {tag:04X} ({name or 'not in SML 1.04'}): its elements are kept without names"
        cur.ctx.info(
            "sml.message.tag", text, layer="sml", field=cur.where("tag"), view=cur.view, start=body_start, end=cur.pos
        )
    return body


def write_body(out: bytearray, body: sml.Body | None) -> None:
    """Write SML_MessageBody."""
    if isinstance(body, sml.OtherBody):
        tag, coding = body.tag, ANY
        content: Any = body.content
    else:
        tag = TAGS.get(type(body), -1)
        if tag < 0:
            raise wrong("message_body", "a message body", body)
        coding, content = BODIES[tag][1], body
    out += tl_field(LIST, 2)
    write_any(out, Unsigned(tag, 0), "tag")
    coding.write(out, content, "message_body")
