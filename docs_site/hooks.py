"""MkDocs hooks: add the generated pages, and replace each mark in a page by its generated part."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs_site import (
    cli_reference,
    code_examples,
    configuration_reference,
    requirement_pages,
    results_reference,
)

MARKS: Final[Mapping[str, Callable[[], str]]] = {
    "<!-- generated: commands -->": cli_reference.reference,
    "<!-- generated: settings -->": configuration_reference.settings,
    "<!-- generated: members -->": results_reference.members,
    "<!-- generated: requirement pages -->": requirement_pages.overview,
    "<!-- generated: check -->": code_examples.check_example,
    "<!-- generated: fault -->": code_examples.fault_example,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the requirement catalogue."""
    for path, text in requirement_pages.pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace the marks of a page."""
    for mark, generate in MARKS.items():
        if mark in markdown:
            markdown = markdown.replace(mark, generate())
    return markdown
