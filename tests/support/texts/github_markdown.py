"""Pages that GitHub renders from Markdown, and what it recognizes in their text."""

import re
from collections.abc import Iterator
from typing import Any

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from lxml import html as lxml_html

ACTIVE = {
    "mention": "@octocat and @github/team",
    "issue": "#123 and octocat/repository#123",
    "issue by abbreviation": "GH-123 and gh-123",
    "emoji": ":smile: :+1::-1:",
    "formula": "$x$ and $$y$$ and $`z`$",
    "email": "someone@example.com mailto:someone@example.com xmpp:someone@example.com/a",
    "URL": "https://evil.example ftp://evil.example <https://evil.example>",
    "www": "www.evil.example and WWW.evil.example (www.evil.example)",
    "footnote": "[^1]\n\n[^1]: note",
    "reference": "[a][b]\n\n[b]: https://evil.example",
    "image": "![a](https://evil.example/a.png)",
    "list": "- a\n- b",
    "task": "- [x] a",
    "heading": "a\n===",
    "alert": "> [!NOTE]\n> a",
    "table": "| a | b |\n|---|---|\n| c | d |",
    "details": "</summary></details><details open><summary>x</summary>",
    "form": "<form action=x><input type=submit></form><a href=x>y</a><img src=x>",
    "comment": "<!-- a",
    "code": "`a` ``b``",
    "fence": "```mermaid\ngraph TD\n```\n~~~math\nx\n~~~",
    "strikethrough": "~a~ ~~b~~ *c* _d_ __e__",
    "character reference": "&lt;b&gt; &#64;octocat &commat;octocat",
    "hard break": "a  \nb\\\nc",
}
# What GitHub looks for in the text of the rendered page, apart from code.
RECOGNIZED = re.compile(
    r"@\w | \#\d | \bGH-\d | :[\w+-]+: | \$\S | \w@\w | \w:// | \bwww\.", re.VERBOSE | re.IGNORECASE
)


def rendered_page(markdown: str, options: int = 0) -> Any:
    """Return the page as GitHub renders it, before it looks for mentions and the like."""
    page = github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE | options)
    return lxml_html.fragment_fromstring(page, create_parent="main")


def recognized(page: Any) -> list[str]:
    """Return what GitHub recognizes in the text of a page, apart from code."""
    return [found[0] for text in _texts(page) if (found := RECOGNIZED.search(text))]


def _texts(element: Any, *, in_code: bool = False) -> Iterator[str]:
    in_code = in_code or element.tag in {"pre", "code"}
    if element.text and not in_code:
        yield element.text
    for child in element:
        yield from _texts(child, in_code=in_code)
        if child.tail and not in_code:
            yield child.tail
