"""Documents of an EMT platform's public pages: read and written again as they were."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from emtkit.export.emt_document import read_document, read_push
from emtkit.model.jsontext import loads

CorpusFile = Callable[[str], Path]


@pytest.mark.parametrize("name", ["lora", "obis", "omsraw"])
def test_a_document_comes_back(corpus_file: CorpusFile, name: str) -> None:
    data = corpus_file(f"smgw/hessware/{name}.json").read_bytes()
    assert read_document(data).to_dict() == loads(data.decode())


def test_the_numbers_are_exact(corpus_file: CorpusFile) -> None:
    document = read_document(corpus_file("smgw/hessware/obis.json").read_bytes())
    assert document.obis["0101020800FF"].v == Decimal("3462102.00020101")


def test_a_push_comes_back(corpus_file: CorpusFile) -> None:
    data = corpus_file("smgw/hessware/push.json").read_bytes()
    assert read_push(data).to_dict() == json.loads(data)
