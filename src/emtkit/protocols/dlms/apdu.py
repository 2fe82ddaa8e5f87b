"""APDUs as bytes and back: one table of all forms, read and written by the same declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emtkit.model.errors import DecodeError, EncodeError
from emtkit.protocols.dlms import (
    acse,
    apdu_access,
    apdu_action,
    apdu_cipher,
    apdu_get,
    apdu_notify,
    apdu_service,
    apdu_set,
    apdu_sn,
    tags,
)
from emtkit.protocols.dlms.codec import LAYER
from emtkit.wire.cursor import Cursor

if TYPE_CHECKING:
    from emtkit.protocols.dlms.apdu_form import Form
    from emtkit.wire.trace import Trace
    from emtkit.wire.view import View

# An APDU is one of the NamedTuples of the apdu_* modules or of acse.
Apdu = Any

_FORMS: Final[tuple[Form, ...]] = (
    *apdu_get.FORMS,
    *apdu_set.FORMS,
    *apdu_action.FORMS,
    *apdu_access.FORMS,
    *apdu_sn.FORMS,
    *apdu_service.FORMS,
    *apdu_notify.FORMS,
    *apdu_cipher.FORMS,
)
_BY_TAG: Final[dict[tuple[int, int | None], Form]] = {(row.tag, row.choice): row for row in _FORMS}
_BY_KIND: Final[dict[type[Any], Form]] = {row.kind: row for row in _FORMS}
_WITH_CHOICE: Final = frozenset(row.tag for row in _FORMS if row.choice is not None)
_ACSE: Final = frozenset((tags.AARQ, tags.AARE, tags.RLRQ, tags.RLRE))


def read_apdu(view: View, trace: Trace | None = None) -> tuple[Apdu, int]:
    """Read one APDU from the start of a view. Returns it and where it ended.

    Raises DecodeError `dlms.apdu.tag`, `dlms.apdu.choice` and those of its fields, Truncated `dlms.apdu.truncated`.
    """
    cur = Cursor(view, LAYER, trace=trace)
    tag = cur.peek()
    if tag is None:
        raise cur.short(1, "tag")
    if tag in _ACSE:
        found: Apdu = acse.read_acse(cur)
        return found, cur.pos
    cur.u8("tag")
    if cur.tracing:
        cur.note(tags.tag_name(tag))
    form = apdu_cipher.ciphered_form(tag)
    if form is None:
        form = _BY_TAG.get((tag, cur.u8("choice") if tag in _WITH_CHOICE else None))
    if form is None:
        low, high = cur.place(0)
        code = "dlms.apdu.choice" if tag in _WITH_CHOICE else "dlms.apdu.tag"
        raise DecodeError(code, f"no APDU begins with {view.data[: cur.pos].hex()}", layer=LAYER, start=low, end=high)
    if cur.tracing and form.choice is not None:
        cur.note(form.kind.__name__)
    values = [field.read(cur) for field in form.fields]
    if len(values) == 1 and isinstance(values[0], form.kind):
        return values[0], cur.pos
    return form.kind(*values), cur.pos


def encode_apdu(apdu: Apdu) -> bytes:
    """Return the bytes of an APDU. Raises EncodeError `dlms.apdu.build`."""
    if isinstance(apdu, acse.Aarq | acse.Aare | acse.Rlrq | acse.Rlre):
        return acse.encode_acse(apdu)
    form = _BY_KIND.get(type(apdu))
    if isinstance(apdu, apdu_cipher.Ciphered):
        form = apdu_cipher.ciphered_form(apdu.tag)
    if form is None:
        raise EncodeError("dlms.apdu.build", f"{type(apdu).__name__} is no APDU", layer=LAYER)
    out = bytearray((form.tag,))
    if form.choice is not None:
        out.append(form.choice)
    whole = len(form.fields) == 1 and len(apdu) > 1
    for field, value in zip(form.fields, (apdu,) if whole else apdu, strict=True):
        field.write(out, value)
    return bytes(out)


def apdu_name(apdu: Apdu) -> str:
    """Return the name of an APDU."""
    return tags.tag_name(apdu.tag) if isinstance(apdu, apdu_cipher.Ciphered) else type(apdu).__name__
