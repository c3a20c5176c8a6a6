"""Packaging: the wheel made from the sdist works alone, with every file it needs."""

import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import urbansdg


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, of what git tracks or would."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in _listed(root):
        copy = source / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if (root / name).is_symlink():
            copy.symlink_to((root / name).readlink())
        else:
            copy.write_bytes((root / name).read_bytes())
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source))
    return out


def _listed(root: Path) -> list[str]:
    """Return the files and links that git tracks, or would."""
    listed = _run("git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    return [name for name in listed if name and (root / name).exists()]


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment or None
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _expected(root: Path) -> set[str]:
    """Return the files of the packages: all that git tracks of the folders with a link."""
    linked = {link.name for link in (root / "urbansdg").iterdir() if link.is_symlink()}
    own = {name for name in _listed(root) if name.startswith("urbansdg/")}
    links = {f"urbansdg/{name}" for name in linked}
    code = {name for name in _listed(root) if name.partition("/")[0] in linked}
    return (own - links) | {f"urbansdg/{name}" for name in code}


def test_every_package_at_the_root_has_its_link(root: Path) -> None:
    """Each folder at the root with an `__init__.py` has a relative link in `urbansdg/`."""
    packages = {init.parent.name for init in root.glob("*/__init__.py")} - {"urbansdg"}
    links = {link.name: link for link in (root / "urbansdg").iterdir() if link.is_symlink()}
    assert set(links) == packages
    assert all(str(link.readlink()) == f"../{name}" for name, link in links.items())


@pytest.mark.long
def test_the_wheel_ships_every_file_of_the_packages(root: Path, built: Path) -> None:
    """The wheel ships every module and data file of the packages."""
    (wheel,) = built.glob("*.whl")
    assert _expected(root) - set(zipfile.ZipFile(wheel).namelist()) == set()


@pytest.mark.long
def test_the_sdist_ships_every_file_of_the_packages(root: Path, built: Path) -> None:
    """The sdist ships every module and data file of the packages, as files."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = {one.name.partition("/")[2]: one for one in archive.getmembers()}
    assert _expected(root) - set(members) == set()
    assert not [name for name, one in members.items() if one.issym()]


@pytest.mark.long
def test_the_wheel_ships_no_compiled_files_and_no_tests(built: Path) -> None:
    """The wheel has the package `urbansdg` and its metadata, and no bytecode."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"urbansdg"}
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.long
def test_the_wheel_has_the_version_of_the_package(built: Path) -> None:
    """The wheel has the version of `urbansdg.__version__`."""
    (wheel,) = built.glob("*.whl")
    assert wheel.name.split("-")[1] == urbansdg.__version__


def test_the_version_stands_in_one_place(root: Path) -> None:
    """The command has the version of `urbansdg.__version__`; pyproject.toml does not repeat it."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert _run(sys.executable, "-P", "-m", "urbansdg", "--version").split() == [
        "urbansdg",
        urbansdg.__version__,
    ]


def test_a_package_is_not_imported_by_its_bare_name(root: Path) -> None:
    """In the root of a checkout `import store` fails: it would give a second copy of modules."""
    for package in (link.name for link in (root / "urbansdg").iterdir() if link.is_symlink()):
        command = (sys.executable, "-c", f"import {package}")
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert f"ImportError: Import urbansdg.{package}, not {package}." in done.stderr


@pytest.mark.long
def test_the_wheel_works_without_the_checkout(built: Path, tmp_path: Path) -> None:
    """An installed wheel makes a graph from its own data, far from the checkout."""
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    _run(*pip, "--target", str(site), str(wheel))
    bare = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
    # PYTHONPATH runs no .pth file: the editable install of the checkout is out of reach.
    path = f"{site}:{sysconfig.get_path('purelib')}:{sysconfig.get_path('platlib')}"
    command = (str(bare), "-m", "urbansdg")
    places = {"PYTHONPATH": path, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    places |= {"URBANSDG_DATA_DIR": str(tmp_path / "graph")}
    _run(*command, "init", **places)
    query = tmp_path / "cities.rq"
    query.write_text(
        "SELECT (COUNT(?city) AS ?cities) { ?city a <https://w3id.org/urbansdg/ontology#City> }"
    )
    answer = _run(*command, "query", "--format", "csv", str(query), **places)
    assert int(answer.split()[1]) >= 40


@pytest.mark.parametrize("target", ["serve", "test", "test-long", "coverage", "format", "bench"])
def test_make_knows_a_rule_for_all_that_a_target_needs(root: Path, target: str) -> None:
    """`make --dry-run` of each documented target finds a rule for everything that it needs."""
    result = subprocess.run(
        ["make", "--dry-run", target], cwd=root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
