"""Search for the configuration file, and reading of pyproject.toml."""

import codecs
import os
from pathlib import Path

import pytest

from conformance.config.config_files import load
from conformance.config.loader import ConfigurationError, load_settings
from tests.support.fake_targets import ENVIRONMENT


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to the folder `sub/folder` of a project below a temporary home folder."""
    folder = tmp_path / "home" / "project"
    (folder / "sub" / "folder").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder / "sub" / "folder")
    return folder


def write(path: Path, text: str | bytes) -> None:
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def nearest_file() -> tuple[str, object] | None:
    file = load(None)
    return None if file is None else (str(file.path), file.settings.get("select"))


def error_message(path: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as error:
        load(path)
    return str(error.value)


def test_the_nearest_file_is_used(project: Path) -> None:
    assert nearest_file() is None
    write(project / "conformance.toml", 'select = "VC-*"')
    assert nearest_file() == ("../../conformance.toml", "VC-*")
    write(project / "sub" / "pyproject.toml", '[tool.conformance]\nselect = "FCR-*"')
    assert nearest_file() == ("../pyproject.toml", "FCR-*")
    write(Path("conformance.toml"), 'select = "API-*"')
    assert nearest_file() == ("conformance.toml", "API-*")


def test_a_pyproject_without_a_conformance_table_does_not_end_the_search(project: Path) -> None:
    write(project / "conformance.toml", 'select = "VC-*"')
    write(Path("pyproject.toml"), "[tool.ruff]\nline-length = 9")
    assert nearest_file() == ("../../conformance.toml", "VC-*")


@pytest.mark.parametrize("is_file", [True, False])
def test_the_search_ends_at_the_root_of_a_repository(project: Path, *, is_file: bool) -> None:
    write(project / "conformance.toml", 'select = "VC-*"')
    root = project / "sub" / ".git"
    root.touch() if is_file else root.mkdir()
    assert nearest_file() is None
    write(project / "sub" / "conformance.toml", 'select = "FCR-*"')
    assert nearest_file() == ("../conformance.toml", "FCR-*")


def test_the_search_ends_at_the_home_folder(project: Path) -> None:
    write(project.parent.parent / "conformance.toml", 'select = "VC-*"')
    assert nearest_file() is None
    write(project.parent / "conformance.toml", 'select = "FCR-*"')
    assert nearest_file() == ("../../../conformance.toml", "FCR-*")


def test_a_folder_named_like_the_file_is_ignored(project: Path) -> None:
    Path("conformance.toml").mkdir()
    write(project / "conformance.toml", 'select = "VC-*"')
    assert nearest_file() == ("../../conformance.toml", "VC-*")


def test_a_file_of_another_user_in_a_parent_folder_requires_config(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project / "conformance.toml", 'select = "VC-*"')
    owner = (project / "conformance.toml").stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    if owner:
        assert "--config ../../conformance.toml" in error_message()
    file = load("../../conformance.toml")
    assert file is not None
    assert file.settings == {"select": "VC-*"}


FOREIGN = {
    "Latin-1": '[project]\nname = "café"\n'.encode("latin-1"),
    "UTF-16": '[project]\nname = "x"\n'.encode("utf-16"),
    "TOML 1.1": b"[project]\nurls = {\n  home = 'x',\n}\n",
    "not TOML": b"<<<<<<< HEAD\n",
    "another table": b"[tool.conformance-other]\nx = <\n",
    "a long number": b"x = " + b"9" * 5000,
    "zero bytes": b"\0\0\0",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_an_invalid_pyproject_of_other_tools_is_ignored(content: bytes) -> None:
    write(Path("pyproject.toml"), content)
    assert nearest_file() is None


@pytest.mark.parametrize(
    "header",
    ["[tool.conformance]", "[ tool . conformance ]", '[tool."conformance"]', "[[tool.conformance.waivers]]"],
)
@pytest.mark.parametrize(
    "content", [content for content in FOREIGN.values() if not content.startswith(codecs.BOM_UTF16)]
)
def test_an_invalid_pyproject_with_a_conformance_table_is_an_error(content: bytes, header: str) -> None:
    write(Path("pyproject.toml"), content + b"\n" + header.encode() + b"\nselect = 'VC-*'\n")
    assert "pyproject.toml is not valid TOML" in error_message()


@pytest.mark.parametrize("name", ["conformance.toml", "pyproject.toml"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_byte_order_mark_is_ignored(name: str, line_end: str) -> None:
    lines = ["[tool.conformance]"] * (name == "pyproject.toml") + ['select = "VC-*"', ""]
    write(Path(name), "\ufeff" + line_end.join(lines))
    assert nearest_file() == (name, "VC-*")


def test_only_the_conformance_table_of_a_specified_pyproject_is_read() -> None:
    write(Path("pyproject.toml"), '[project]\nname = "x"\n[tool.conformance]\nselect = "VC-*"')
    file = load("pyproject.toml")
    assert file is not None
    assert (file.settings, file.is_explicit) == ({"select": "VC-*"}, True)
    write(Path("pyproject.toml"), '[project]\nname = "x"')
    assert "pyproject.toml has no table [tool.conformance]" in error_message("pyproject.toml")


def test_paths_are_relative_to_the_folder_of_the_file(project: Path) -> None:
    (project / "ca.pem").write_bytes(b"")
    (project / "own,name.pem").write_bytes(b"")
    write(project / "conformance.toml", 'ca = "ca.pem"\noutput = "out"\nclient_cert = "a.pem,/b.pem"')
    file = load(None)
    assert file is not None
    assert file.resolved_settings() == {
        "ca": "../../ca.pem",
        "output": "../../out",
        "client_cert": "../../a.pem,/b.pem",
    }
    write(project / "conformance.toml", 'client_cert = "own,name.pem"')
    file = load(None)
    assert file is not None
    assert file.resolved_settings() == {"client_cert": "../../own,name.pem"}


def test_a_notice_names_the_file_in_use(project: Path) -> None:
    assert load_settings({"target": "https://x.test"}).notices == ()
    write(project / "conformance.toml", 'select = "VC-*"')
    assert load_settings({"target": "https://x.test"}).notices == ("configuration  ../../conformance.toml",)
