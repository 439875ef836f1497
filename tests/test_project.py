"""What the files around the source promise: one version, one lock, few make targets."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import outcry

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"]


@pytest.fixture(scope="module")
def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def locked(lock: str) -> dict[str, str]:
    """Version by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / lock).read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in requirements}


def test_the_package_knows_its_version(project: Any) -> None:
    """`outcry.__version__` is the version that is published."""
    assert outcry.__version__ == project["project"]["version"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    """A lock holds names, versions and hashes; from where they come is the machine's business."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert text.count("==") <= text.count("--hash=sha256:")


def test_what_is_declared_is_locked(project: Any) -> None:
    """Every declared dependency is in its lock; `make lock` was not forgotten."""
    needed = names(project["project"]["dependencies"])
    assert needed <= locked("requirements.lock").keys()
    assert names(project["dependency-groups"]["dev"]) <= locked("requirements-dev.lock").keys()


def test_tests_run_against_what_is_shipped() -> None:
    """The lock for work is the lock for running, and more."""
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_one_uv_installs_and_builds(project: Any) -> None:
    """The uv that installs is the one whose built-in backend builds, so nothing else is fetched."""
    uv = locked("requirements-uv.lock")["uv"]
    assert project["dependency-groups"]["installer"] == [f"uv=={uv}"]
    assert project["build-system"]["requires"] == [f"uv_build=={uv}"]


def test_make_stays_small() -> None:
    """There are fifteen targets at most, and `make help` explains them."""
    targets = re.findall(r"^([a-z]+):(.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) <= 15
    assert all("## " in rest for _, rest in targets)
