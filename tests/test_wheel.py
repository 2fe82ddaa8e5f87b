"""What an installed emtkit has: the wheel is built, unpacked elsewhere and used from there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SOURCE = PROJECT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel without the network."""
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed here (pip install -e '.[dev]')")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=PROJECT,
        check=True,
        capture_output=True,
    )
    return next(folder.glob("emtkit-*.whl"))


def test_the_wheel_holds_the_package_and_its_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {entry for entry in archive.namelist() if not entry.partition("/")[0].endswith(".dist-info")}
        information = next(entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA"))
        licences = [entry for entry in archive.namelist() if entry.endswith(("/LICENSE", "/NOTICE"))]
        assert "Requires-Python: >=3.11" in archive.read(information).decode()
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in (SOURCE / "emtkit").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert shipped == wanted
    assert "emtkit/py.typed" in shipped
    assert len(licences) == 2


def test_an_unpacked_wheel_works(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import emtkit, emtkit.model.catalog as c; print(emtkit.__file__); print(len(c.catalogue()) > 0)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, documented = done.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    assert documented == "True"
