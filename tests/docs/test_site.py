"""The documentation site builds with valid links, and its generated parts are complete."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance.cli.main import main
from docs_site import cli_reference, code_examples, configuration_reference, requirement_pages
from docs_site.hooks import MARKS
from docs_site.markdown import escaped, table, with_links
from spec.catalogue import catalogue
from tests.docs.pages import DOCS, ROOT, ROOT_PAGES, name

LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
MARK = re.compile(r"<!-- generated: .*? -->")


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "VC-CREATE-DATE-ONLY" in (tmp_path / "reference/requirements/vc-create/index.html").read_text(
        "utf-8"
    )
    linked = re.findall(
        r'(?:src|href)="(https?://[^"]+\.(?:js|css|woff2?))"', (tmp_path / "index.html").read_text("utf-8")
    )
    assert linked == []


@pytest.mark.parametrize("page", ROOT_PAGES, ids=name)
def test_a_link_of_a_page_outside_the_site_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    broken = [path for path, anchor in links if not leads_to_a_heading(page.parent / path, anchor)]
    assert broken == []


def leads_to_a_heading(path: Path, anchor: str) -> bool:
    if not path.exists():
        return False
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE) if anchor else []
    slugs = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return not anchor or anchor in slugs


def test_each_mark_is_on_one_page_and_known() -> None:
    marks = [mark for page in DOCS.rglob("*.md") for mark in MARK.findall(page.read_text(encoding="utf-8"))]
    assert sorted(marks) == sorted(MARKS)


def test_each_requirement_has_one_section() -> None:
    text = "\n".join(requirement_pages.pages().values())
    assert sorted(re.findall(r"^## (\S+)$", text, re.MULTILINE)) == sorted(catalogue())


def test_a_section_has_source_and_interpretation() -> None:
    section = requirement_pages.pages()["reference/requirements/vc-create.md"]
    section = section.partition("## VC-CREATE-DATE-ONLY\n")[2].partition("\n## ")[0]
    assert "**Level**: must" in section
    assert "**Source**: SDK reference" in section
    assert "**Interpretation**" in section


def test_the_reference_has_each_command_and_each_of_its_options() -> None:
    text = cli_reference.reference()
    for command_name, command in main.commands.items():
        section = text.partition(f"## {command_name}\n")[2].partition("\n## ")[0]
        options = [
            option
            for option in command.params
            if isinstance(option, click.Option)
            and not option.hidden
            and option.name not in getattr(command, "rejected", ())
        ]
        assert [option.opts[0] for option in options if f"`{option.opts[0]}" not in section] == []


def test_the_configuration_has_a_row_for_each_setting() -> None:
    assert "| `base_paths` |" in configuration_reference.settings()
    assert "`--max-live`" in configuration_reference.settings()


def test_examples_are_quoted_from_the_code() -> None:
    assert code_examples.check_example().startswith("```python\n@requirement(")
    assert code_examples.fault_example().startswith("```python\n@fault(")


@pytest.mark.parametrize(
    "text, markdown",
    [
        ("^[A-Za-z0-9_-]+$", r"^\[A\-Za\-z0\-9\_\-\]\+$"),
        ("a < b | c", "a &lt; b &#124; c"),
        ("one\ntwo", "one two"),
    ],
)
def test_text_is_escaped(text: str, markdown: str) -> None:
    assert escaped(text) == markdown


def test_an_address_is_a_link() -> None:
    assert with_links("Page (https://a.example/b_c)") == r"Page \(<https://a.example/b_c>\)"


def test_a_table_has_a_row_for_each_entry() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
