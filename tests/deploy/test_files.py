"""The files in deploy/: the systemd unit, the container, the proxy and the constraints."""

import configparser
import importlib.metadata
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

_PINNED = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def deploy(root: Path) -> Path:
    """Return the folder."""
    return root / "deploy"


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def _instructions(containerfile: Path) -> list[tuple[str, str]]:
    """Return the instructions of a Containerfile with their arguments, in order."""
    text = re.sub(r"^#.*\n", "", containerfile.read_text("utf-8"), flags=re.MULTILINE)
    joined = text.replace("\\\n", " ")
    words = (line.split(maxsplit=1) for line in joined.splitlines() if line.strip())
    return [(name, argument) for name, argument in words]


def _analysed(*arguments: str) -> str:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    return _run("systemd-analyze", *arguments)


def test_the_unit_is_hardened(deploy: Path) -> None:
    """`systemd-analyze security` gives the unit an exposure of at most 2.0."""
    unit = deploy / "urbansdg.service"
    analysis = _analysed("security", "--offline=true", "--threshold=20", "--no-pager", str(unit))
    (exposure,) = re.findall(r"Overall exposure level .*: ([0-9.]+) ", analysis)
    assert float(exposure) <= 2.0


def test_the_unit_is_one_that_systemd_takes(deploy: Path, tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say of the unit."""
    unit = tmp_path / "urbansdg.service"
    text = (deploy / "urbansdg.service").read_text("utf-8")
    # The command is not installed where the tests run: any other one stands for it.
    unit.write_text(text.replace("/opt/urbansdg/bin/urbansdg", sys.executable), "utf-8")
    assert "urbansdg.service" not in _analysed("verify", "--man=no", str(unit))


def test_the_unit_keeps_its_state_and_comes_back(deploy: Path) -> None:
    """The unit runs as a dynamic user, in a state directory, and restarts on failure."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their capitals
    unit.read_string((deploy / "urbansdg.service").read_text("utf-8"))
    service = unit["Service"]
    assert service["DynamicUser"] == "yes"
    assert service["StateDirectory"] == "urbansdg"
    assert service["Restart"] == "on-failure"


def test_nginx_takes_the_example(deploy: Path, tmp_path: Path, free_port: int) -> None:
    """`nginx -t` accepts the example; tests/documents runs a server behind it."""
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("nginx or openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    files = ("-keyout", str(key), "-out", str(certificate))
    _run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", *files)
    server = (deploy / "nginx.conf").read_text("utf-8")
    server = server.replace("/etc/ssl/certs/data.example.org.pem", str(certificate))
    server = server.replace("/etc/ssl/private/data.example.org.key", str(key))
    server = server.replace("listen 443", f"listen 127.0.0.1:{free_port}")
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{server}\n}}\n", "utf-8")
    output = _run("nginx", "-t", "-c", str(file), "-p", str(tmp_path), "-g", "error_log stderr;")
    assert "[warn]" not in output


def test_the_compose_file_gives_the_container_no_more_than_it_needs(deploy: Path) -> None:
    """The service has a read-only root, no capabilities, no new privileges, and one volume."""
    composed = yaml.safe_load((deploy / "compose.yaml").read_text("utf-8"))
    service = composed["services"]["urbansdg"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108  # a mount of its own
    assert "privileged" not in service
    assert [port.partition(":")[0] for port in service["ports"]] == ["127.0.0.1"]
    ((volume, place),) = (volume.split(":") for volume in service["volumes"])
    assert volume in composed["volumes"]
    build = service["build"]
    containerfile = deploy / build["context"] / build["dockerfile"]
    settings = dict(re.findall(r"(URBANSDG_\w+)=(\S+)", containerfile.read_text("utf-8")))
    assert settings["URBANSDG_DATA_DIR"].startswith(f"{place}/")


def test_the_container_runs_as_a_user_of_its_own(deploy: Path) -> None:
    """The last stage has a user by number, a health check on /health, and no build tools."""
    instructions = _instructions(deploy / "Containerfile")
    stages = [at for at, (name, _) in enumerate(instructions) if name == "FROM"]
    assert len(stages) == 2
    last = instructions[stages[1] :]
    (user,) = (argument for name, argument in last if name == "USER")
    assert int(user) > 0
    (check,) = (argument for name, argument in last if name == "HEALTHCHECK")
    assert "/health" in check
    assert not any("pip" in argument for name, argument in last if name == "RUN")


def test_the_constraints_pin_every_dependency_by_its_hash(root: Path, deploy: Path) -> None:
    """The file pins what pyproject.toml asks for, and the build backend, each with hashes."""
    text = (deploy / "constraints.txt").read_text("utf-8")
    pinned = dict(_PINNED.findall(text))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    requirements = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    names = {
        re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-")
        for requirement in requirements
    }
    assert names - set(pinned) == set()
    assert all("--hash=sha256:" in part for part in re.split(_PINNED, text)[3::3])
    assert "://" not in text


def test_the_constraints_fulfil_the_bounds_of_the_project(root: Path, deploy: Path) -> None:
    """Each pinned version fulfils the bounds that pyproject.toml has for it."""
    pinned = dict(_PINNED.findall((deploy / "constraints.txt").read_text("utf-8")))
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    for requirement in map(Requirement, project["project"]["dependencies"]):
        assert requirement.specifier.contains(pinned[requirement.name.lower()]), requirement


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the environment that the steps of the first stage make, in a clean prefix."""
    prefix = tmp_path_factory.mktemp("container")
    instructions = _instructions(root / "deploy" / "Containerfile")
    last = [at for at, (name, _) in enumerate(instructions) if name == "FROM"][1]
    source = prefix / "src"
    for name, argument in instructions[:last]:
        if name == "COPY":
            _copied(root, source, argument.split()[0])
        elif name == "RUN":
            here = argument.replace("/opt/urbansdg", str(prefix / "opt"))
            command = shlex.split(here)
            if command[0] == "python":
                command[0] = sys.executable
            _run(*command, cwd=source if source.exists() else prefix)
    yield prefix / "opt"
    shutil.rmtree(prefix)


def _copied(root: Path, source: Path, name: str) -> None:
    listed = _run("git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "--", name)
    ignored = (root / ".dockerignore").read_text("utf-8").split("\n")
    for file in listed.splitlines():
        whole = root / file  # a file, or one of the links in urbansdg/
        if file.partition("/")[0] not in ignored and (whole.is_file() or whole.is_symlink()):
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / file, source / file, follow_symlinks=False)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(_PYTHON != "3.11", reason="the constraints are made for Python 3.11")
def test_the_steps_of_the_container_make_a_server_that_works(
    installed: Path, tmp_path: Path
) -> None:
    """The environment of the container has no pip, runs the command, and makes a graph."""
    command = str(installed / "bin" / "urbansdg")
    version = importlib.metadata.version("urbansdg")
    assert version in _run(command, "--version", cwd=tmp_path)
    assert not (installed / "bin" / "setuptools").exists()
    assert list(installed.glob("lib/python*/site-packages/pip")) == []
    _run(command, "init", "--data-dir", str(tmp_path / "graph"), cwd=tmp_path)
    assert (tmp_path / "graph" / "current").exists()
