"""The messages of SML as Python data: one class for each SEQUENCE of the standard, fields in its order.

A field is None where the message leaves it out. Octet strings stay bytes, numbers of fixed meaning are int;
measured values keep their SML type (`Integer`, `Unsigned`, bytes, bool). Entries that become readings also
know where their octets stand in the view they were read from (`at`).

Source: SML 1.04, chapters 5 and 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from emtkit.protocols.sml.tlv import Content

SEC_INDEX: Final = 1
TIMESTAMP: Final = 2
LOCAL_TIMESTAMP: Final = 3

Value = Any  # None, bytes, bool, Integer, Unsigned, SmlTime, or a tuple: a list type that is not described
NOWHERE: Final = (-1, -1)


class SmlTime(NamedTuple):
    """A time.

    choice         1 secIndex: seconds of the meter's own counter, no date; 2 timestamp: seconds since 1970 UTC;
                   3 localTimestamp: the same with the offsets of local time
    seconds        the count
    local_offset   minutes east of UTC, standard time (choice 3)
    season_offset  minutes that summer time adds (choice 3)
    form           `choice` as the standard has it; `bare`: the number alone (Holley DTZ541);
                   `untagged`: the list of three alone (Froetec Multiflex ZG22)
    """

    choice: int
    seconds: int
    local_offset: int = 0
    season_offset: int = 0
    form: Literal["choice", "bare", "untagged"] = "choice"


def _place() -> tuple[int, int]:
    return field(default=NOWHERE, compare=False, repr=False)


@dataclass(slots=True)
class ListEntry:
    """SML_ListEntry: one value of a list."""

    obj_name: bytes | None
    status: int | None
    val_time: SmlTime | None
    unit: int | None
    scaler: int | None
    value: Value
    value_signature: bytes | None = None
    at: tuple[int, int] = _place()


@dataclass(slots=True)
class PeriodEntry:
    """SML_PeriodEntry: one value of a profile entry; time and status are those of the entry."""

    obj_name: bytes | None
    unit: int | None
    scaler: int | None
    value: Value
    value_signature: bytes | None = None
    at: tuple[int, int] = _place()


@dataclass(slots=True)
class TupelEntry:
    """SML_TupelEntry: active energy in both directions and the four reactive quadrants of one moment, signed."""

    server_id: bytes | None
    sec_index: SmlTime | None
    status: int | None
    unit_pa: int | None
    scaler_pa: int | None
    value_pa: int | None
    unit_r1: int | None
    scaler_r1: int | None
    value_r1: int | None
    unit_r4: int | None
    scaler_r4: int | None
    value_r4: int | None
    signature_pa_r1_r4: bytes | None
    unit_ma: int | None
    scaler_ma: int | None
    value_ma: int | None
    unit_r2: int | None
    scaler_r2: int | None
    value_r2: int | None
    unit_r3: int | None
    scaler_r3: int | None
    value_r3: int | None
    signature_ma_r2_r3: bytes | None
    at: tuple[int, int] = _place()


@dataclass(slots=True)
class ProfileHeader:
    """SML_ProfObjHeaderEntry: what a column of a profile pack is."""

    obj_name: bytes | None
    unit: int | None
    scaler: int | None


@dataclass(slots=True)
class ValueEntry:
    """SML_ValueEntry: one cell of a profile pack."""

    value: Value
    value_signature: bytes | None = None
    at: tuple[int, int] = _place()


@dataclass(slots=True)
class ProfilePeriod:
    """SML_ProfObjPeriodEntry: one row of a profile pack."""

    val_time: SmlTime | None
    status: int | None
    value_list: tuple[ValueEntry | None, ...] | None
    period_signature: bytes | None = None


class ProcParValue(NamedTuple):
    """SML_ProcParValue: 1 a value, 2 PeriodEntry, 3 TupelEntry, 4 a time, 5 ListEntry; others as they are."""

    choice: int
    value: Any


@dataclass(slots=True)
class Tree:
    """SML_Tree: a parameter, or a node with parameters below it."""

    parameter_name: bytes | None
    parameter_value: ProcParValue | None = None
    child_list: tuple[Tree | None, ...] | None = None
    at: tuple[int, int] = _place()


TreePath = tuple[bytes | None, ...] | None


@dataclass(slots=True)
class OpenReq:
    """SML_PublicOpen.Req."""

    codepage: bytes | None = None
    client_id: bytes | None = None
    req_file_id: bytes | None = None
    server_id: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    sml_version: int | None = None


@dataclass(slots=True)
class OpenRes:
    """SML_PublicOpen.Res."""

    codepage: bytes | None = None
    client_id: bytes | None = None
    req_file_id: bytes | None = None
    server_id: bytes | None = None
    ref_time: SmlTime | None = None
    sml_version: int | None = None


@dataclass(slots=True)
class CloseReq:
    """SML_PublicClose.Req."""

    global_signature: bytes | None = None


@dataclass(slots=True)
class CloseRes:
    """SML_PublicClose.Res."""

    global_signature: bytes | None = None


@dataclass(slots=True)
class ProfileReq:
    """The fields that GetProfilePack.Req and GetProfileList.Req share."""

    server_id: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    with_rawdata: bool | None = None
    begin_time: SmlTime | None = None
    end_time: SmlTime | None = None
    parameter_tree_path: TreePath = None
    object_list: tuple[bytes | None, ...] | None = None
    das_details: Tree | None = None


@dataclass(slots=True)
class GetProfilePackReq(ProfileReq):
    """SML_GetProfilePack.Req."""


@dataclass(slots=True)
class GetProfileListReq(ProfileReq):
    """SML_GetProfileList.Req."""


@dataclass(slots=True)
class GetProfilePackRes:
    """SML_GetProfilePack.Res: a profile as a table, columns described once."""

    server_id: bytes | None = None
    act_time: SmlTime | None = None
    reg_period: int | None = None
    parameter_tree_path: TreePath = None
    header_list: tuple[ProfileHeader | None, ...] | None = None
    period_list: tuple[ProfilePeriod | None, ...] | None = None
    rawdata: bytes | None = None
    profile_signature: bytes | None = None


@dataclass(slots=True)
class GetProfileListRes:
    """SML_GetProfileList.Res: one entry of a profile; a profile comes as many such messages."""

    server_id: bytes | None = None
    act_time: SmlTime | None = None
    reg_period: int | None = None
    parameter_tree_path: TreePath = None
    val_time: SmlTime | None = None
    status: int | None = None
    period_list: tuple[PeriodEntry | None, ...] | None = None
    rawdata: bytes | None = None
    period_signature: bytes | None = None


@dataclass(slots=True)
class GetProcParameterReq:
    """SML_GetProcParameter.Req."""

    server_id: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    parameter_tree_path: TreePath = None
    attribute: bytes | None = None


@dataclass(slots=True)
class GetProcParameterRes:
    """SML_GetProcParameter.Res."""

    server_id: bytes | None = None
    parameter_tree_path: TreePath = None
    parameter_tree: Tree | None = None


@dataclass(slots=True)
class SetProcParameterReq:
    """SML_SetProcParameter.Req. It has no response of its own: an attention message answers it."""

    server_id: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    parameter_tree_path: TreePath = None
    parameter_tree: Tree | None = None


@dataclass(slots=True)
class GetListReq:
    """SML_GetList.Req."""

    client_id: bytes | None = None
    server_id: bytes | None = None
    username: bytes | None = None
    password: bytes | None = None
    list_name: bytes | None = None


@dataclass(slots=True)
class GetListRes:
    """SML_GetList.Res: what meters push on their optical head."""

    client_id: bytes | None = None
    server_id: bytes | None = None
    list_name: bytes | None = None
    act_sensor_time: SmlTime | None = None
    val_list: tuple[ListEntry | None, ...] | None = None
    list_signature: bytes | None = None
    act_gateway_time: SmlTime | None = None


@dataclass(slots=True)
class AttentionRes:
    """SML_Attention.Res: an error or an acknowledgement; `emtkit.protocols.sml.attention` has the numbers."""

    server_id: bytes | None = None
    attention_no: bytes | None = None
    attention_msg: bytes | None = None
    attention_details: Tree | None = None


@dataclass(slots=True)
class OtherBody:
    """A body with a tag that SML 1.04 describes elsewhere (COSEM services) or not at all: its elements as they are."""

    tag: int
    content: Content = None


Body = (
    OpenReq
    | OpenRes
    | CloseReq
    | CloseRes
    | GetProfilePackReq
    | GetProfilePackRes
    | GetProfileListReq
    | GetProfileListRes
    | GetProcParameterReq
    | GetProcParameterRes
    | SetProcParameterReq
    | GetListReq
    | GetListRes
    | AttentionRes
    | OtherBody
)


@dataclass(slots=True)
class Message:
    """SML_Message.

    checksum  which checksum its crc field holds: `x25` as the standard says, `kermit`, or `wrong`
    """

    transaction_id: bytes | None
    body: Body | None
    group_no: int | None = 0
    abort_on_error: int | None = 0
    checksum: Literal["x25", "kermit", "wrong"] = "x25"
    at: tuple[int, int] = _place()
