"""Packaging: the wheel made from the sdist works alone, with every file it needs."""

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

_CODE = {"problems", "settings", "ontology", "shapes", "store", "loaders", "queries"} | {
    "endpoint",
    "cli",
    "data",
}
_SHIPPED = {".py", ".ttl", ".rq", ".csv", ".md", ".jinja", ".html", ".css", ".jsonld", ".typed"}


@pytest.fixture(scope="module")
def built(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, of what git tracks or would."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    listed = _run("git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        if (root / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((root / name).read_bytes())
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source))
    return out


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment or None
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _expected(root: Path) -> set[str]:
    return {
        f"urbansdg/{path.relative_to(root)}"
        for folder in _CODE
        for path in (root / folder).rglob("*")
        if path.suffix in _SHIPPED and "__pycache__" not in path.parts
    }


def test_the_wheel_ships_every_file_of_the_packages(root: Path, built: Path) -> None:
    """The wheel ships every module and data file of the packages."""
    (wheel,) = built.glob("*.whl")
    assert _expected(root) - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_sdist_ships_every_file_of_the_packages(root: Path, built: Path) -> None:
    """The sdist ships every module and data file of the packages."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {f"urbansdg/{name.partition('/')[2]}" for name in archive.getnames()}
    assert _expected(root) - names == set()


def test_the_wheel_works_without_the_checkout(built: Path, tmp_path: Path) -> None:
    """An installed wheel makes a graph from its own data, far from the checkout."""
    (wheel,) = built.glob("*.whl")
    site = tmp_path / "site"
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    _run(*pip, "--target", str(site), str(wheel))
    bare = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
    # PYTHONPATH runs no .pth file: the editable install of the checkout is out of reach.
    path = f"{site}:{sysconfig.get_path('purelib')}:{sysconfig.get_path('platlib')}"
    command = (str(bare), "-m", "urbansdg.cli")
    places = {"PYTHONPATH": path, "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    places |= {"URBANSDG_DATA_DIR": str(tmp_path / "graph")}
    _run(*command, "init", **places)
    query = tmp_path / "cities.rq"
    query.write_text(
        "SELECT (COUNT(?city) AS ?cities) { ?city a <https://w3id.org/urbansdg/ontology#City> }"
    )
    answer = _run(*command, "query", "--format", "csv", str(query), **places)
    assert int(answer.split()[1]) >= 40
