"""Finding formatters: one file, a device map (a TOML file, or `codecs.toml` in a folder), or a public collection."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from emtkit.codecs.checkout import is_checkout
from emtkit.codecs.codec import Codec
from emtkit.codecs.collection import Collection
from emtkit.codecs.forms import CodecEntry, DeviceMap, Mapping
from emtkit.model.errors import ConfigError

MAP_NAME: Final = "codecs.toml"

_Model = TypeVar("_Model", bound=BaseModel)


def load_codecs(path: str | Path) -> list[Codec]:
    """Return the codecs of a formatter file, of a device map or its folder, or of a public collection's checkout.

    Nothing runs yet. Raises ConfigError `codec.file.*`.
    """
    path = Path(path)
    if (collection := collection_of(path)) is not None:
        return collection.codecs()
    if path.is_dir():
        path = path / MAP_NAME
    if path.suffix.lower() != ".toml":
        return [_codec(path, CodecEntry(file=str(path)), path.parent)]
    found = _read(path, DeviceMap)
    root = path.parent / found.root
    return [_codec(root / entry.file, entry, path.parent) for entry in found.codec]


def collection_of(path: str | Path) -> Collection | None:
    """Return the public collection of which this folder is a checkout; None for all that has a device map.

    Raises ConfigError `codec.file.map` for a folder that is neither.
    """
    path = Path(path)
    if not path.is_dir() or (path / MAP_NAME).is_file():
        return None
    if not is_checkout(path):
        raise ConfigError(
            "codec.file.map",
            f"{path} has no {MAP_NAME}, which says which formatter is for which device, "
            "and is no checkout of a public collection",
        )
    return Collection(path)


def load_mapping(path: Path) -> Mapping:
    """Return the mapping in a file. Raises ConfigError `codec.file.*`."""
    return _read(path, Mapping)


def _codec(path: Path, entry: CodecEntry, home: Path) -> Codec:
    beside = path.with_suffix(".toml")
    mapping = home / entry.mapping if entry.mapping is not None else beside if beside.is_file() else None
    codec = Codec(path, entry, None if mapping is None else load_mapping(mapping))
    _ = codec.source  # a file that is not there is told now
    return codec


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError("codec.file.read", f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError("codec.file.read", f"{path} is no text in UTF-8") from None


def _read(path: Path, form: type[_Model]) -> _Model:
    try:
        return form.model_validate(tomllib.loads(_text(path), parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("codec.file.form", f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ConfigError("codec.file.form", f"{path}: {where}: {first['msg']}") from None
