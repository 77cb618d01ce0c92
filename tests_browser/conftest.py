"""A browser, and the report of a run against a server with one fault."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # a container's root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
FAULT = "date-only-becomes-end-of-day"
Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a run leaves that finds the fault."""
    folder = tmp_path_factory.mktemp("run")
    command = ["conformance", "run", "--effort", "smoke", "--fault", FAULT, "--output", str(folder)]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1
    return folder


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Return what opens a page from a file; the page may ask for nothing else, and complain of nothing."""
    contexts, requested, complaints = [], [], []

    def open_(file: Path, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [url for url in requested if not url.startswith("file:")] == []
    assert complaints == []
