"""Tests of the package: pyproject.toml against the disk, the changelog and the constraints; what a wheel holds."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
FOLDERS = SETUPTOOLS["package-dir"]
# The first setuptools that knows `license = "…"`; pip brings one where the environment's own is older.
NEW_ENOUGH = int(importlib.metadata.version("setuptools").split(".")[0]) >= 77


def data_files(folder: str) -> list[str]:
    """What a folder holds beside modules and its README, as package-data writes it."""
    paths = [path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [
        path.as_posix()
        for path in paths
        if path.suffix not in (".py", ".pyc") and path.as_posix() != "README.md" and path.name[0] != "."
    ]


def test_the_mapping_is_what_is_on_the_disk():
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert set(FOLDERS.values()) == on_disk
    assert {name: f"heiso.{folder}" for name, folder in FOLDERS.items()} == {n: n for n in FOLDERS}
    assert SETUPTOOLS["packages"] == list(FOLDERS)
    assert set(SETUPTOOLS["package-data"]) == set(FOLDERS)


@pytest.mark.parametrize("package", FOLDERS)
def test_every_file_of_a_folder_is_packed(package):
    folder = FOLDERS[package]
    assert (ROOT / folder / "__init__.py").is_file()
    assert (ROOT / folder / "py.typed").is_file()
    assert not list((ROOT / folder).glob("*/*.py")), "one level deep: a subfolder's modules are not packed"
    patterns = SETUPTOOLS["package-data"][package]
    # A star of package-data does not cross a slash; fnmatch's does, hence the count.
    unpacked = [
        name
        for name in data_files(folder)
        if not any(fnmatch(name, p) and name.count("/") == p.count("/") for p in patterns)
    ]
    assert not unpacked


def test_the_version_is_the_top_of_the_changelog():
    changelog = ROOT / "CHANGELOG.md"
    if not changelog.is_file():
        pytest.skip("no CHANGELOG.md yet")
    versions = re.findall(r"(?m)^## \[?v?(\d[^\]\s]*)", changelog.read_text(encoding="utf-8"))
    assert versions[0] == PROJECT["project"]["version"]


def test_constraints_hold_names_and_versions_only():
    file = ROOT / "constraints.txt"
    if not file.is_file():
        pytest.skip("no constraints.txt yet")
    lines = file.read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line.strip() and not line.startswith("#")]
    assert not [line for line in lines if "://" in line]
    assert not [
        pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*==[0-9][A-Za-z0-9.+!_-]*", pin)
    ]
    names = [re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins]
    assert len(names) == len(set(names))
    needed = {
        re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", line)[0]).lower()
        for line in PROJECT["project"]["dependencies"]
    }
    assert needed <= set(names)


@pytest.mark.parametrize("isolated", [False if NEW_ENOUGH else pytest.param(True, marks=pytest.mark.slow)])
def test_wheel(tmp_path, isolated):
    # A copy, because a build leaves its folders behind.
    out = shutil.ignore_patterns(".*", "__pycache__", "build", "*.egg-info", "tests")
    source = shutil.copytree(ROOT, tmp_path / "source", ignore=out)
    options = ["--no-deps", "--quiet", "--disable-pip-version-check", "--wheel-dir", str(tmp_path)]
    options += [] if isolated else ["--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, str(source)], check=True, timeout=300)
    (wheel,) = tmp_path.glob("heiso-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"heiso"}
    assert "heiso/__init__.py" not in names
    held = {name for name in names if ".dist-info/" not in name}
    assert {f"heiso/{f}/{name}" for f in FOLDERS.values() for name in data_files(f)} <= held
    assert {f"heiso/{f}/{p.name}" for f in FOLDERS.values() for p in (ROOT / f).glob("*.py")} <= held
    for pattern in ("heiso/corpus/briefings/*.md", "heiso/agents/*.yaml", "heiso/retrieval/*.npz"):
        assert [name for name in names if fnmatch(name, pattern)], pattern
