"""The options that every sending command shares."""

from collections.abc import Callable
from typing import Any, Final

import click

EFFORT: Final = click.Choice(["smoke", "standard", "thorough"])


def sending(command: Any) -> Any:
    """Add the options that every sending command shares."""
    options = [
        click.option(
            "--target",
            metavar="ORIGIN",
            help="The server: https://example.signalwire.com. Default: the built-in reference server.",
        ),
        click.option(
            "--profile",
            "profiles",
            multiple=True,
            metavar="NAME",
            help="What the target claims: video, fabric. Default: both.",
        ),
        click.option("--project-id", metavar="ID", help="In place of SIGNALWIRE_PROJECT_ID."),
        click.option(
            "--api-token-file",
            type=click.Path(),
            metavar="FILE",
            help="A file with the token or project:token, in place of SIGNALWIRE_API_TOKEN.",
        ),
        *(
            click.option(
                name,
                hidden=True,
                expose_value=False,
                is_eager=True,
                is_flag=False,
                flag_value="",
                callback=_refuse_token,
            )
            for name in ("--api-token", "--token")
        ),
        click.option("--effort", type=EFFORT, help="How much is tried. Default: standard."),
        click.option(
            "--select",
            metavar="EXPR",
            help="Requirements to decide: ids or patterns such as 'VC-CREATE-NAME-*', with commas.",
        ),
        click.option("--seed", type=int, metavar="N", help="Draw other random cases than the usual ones."),
        click.option(
            "--concurrency",
            type=click.IntRange(1, 256),
            metavar="N",
            help="Requests under way at once, at the most. Default: 16.",
        ),
        click.option("--rate-limit", metavar="N/s", help="Requests per second at the most."),
        click.option(
            "--max-requests",
            type=click.IntRange(1),
            metavar="N",
            help="Requests at the most, clean-up aside.",
        ),
        click.option(
            "--max-live",
            type=click.IntRange(1),
            metavar="N",
            help="Conferences and rooms at the target at once, at the most. Default: 50.",
        ),
        _switch("--read-only", "Decide what can be seen without creating anything."),
        _switch(
            "--allow-leftovers",
            "Run although the target cannot delete, and leave there what the run creates.",
        ),
        click.option(
            "--timeout", type=click.FloatRange(0.1), metavar="S", help="Seconds for one request. Default: 10."
        ),
        click.option(
            "--max-seconds",
            type=click.FloatRange(0.1),
            metavar="S",
            help="Seconds for the whole run; clean-up may take as long again. Default: 3600.",
        ),
        click.option(
            "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header for every request."
        ),
        click.option(
            "--ca", metavar="PATH", help="A file or folder with the certificates of the authorities to trust."
        ),
        click.option(
            "--client-cert", metavar="FILE", help="Our own certificate and key: one PEM file, or CERT,KEY."
        ),
        click.option(
            "--proxy", metavar="URL", help="A proxy on the way to the target: http, https, socks5, socks5h."
        ),
        _switch(
            "--allow-logged-credentials",
            "Send the credentials also where servers log them: in URLs, and the token as the username.",
        ),
        _switch("--allow-http", "Send the credentials over plain HTTP, even to another machine."),
        click.option(
            "--active-session", metavar="ID", help="A conference of the target that has a live session."
        ),
        click.option(
            "--output",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="Where results go. Default: conformance-results.",
        ),
        _switch("--strict", "Fail on what is only warned of otherwise."),
        _switch("--fail-fast", "Stop at the first requirement that is broken."),
        click.option(
            "--config",
            type=click.Path(),
            metavar="FILE",
            help="Default: conformance.toml, or [tool.conformance] in pyproject.toml, of this folder or the "
            "nearest parent that has one.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def overwriting(command: Any) -> Any:
    """Add the option to write to a folder with a certificate, or with files that the suite did not write."""
    return click.option(
        "--force",
        is_flag=True,
        default=None,
        help="Overwrite a signed certificate in --output, and files there that this suite did not write.",
    )(command)


def workers(told: str) -> Callable[[Any], Any]:
    """Return the option for the number of processes, with what it means for a command."""
    return click.option(
        "--workers", type=click.IntRange(1, 64), default=1, show_default=True, metavar="N", help=told
    )


def flawed(command: Any) -> Any:
    """Add the options that make the built-in reference server wrong or different."""
    fault = click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="ID",
        help="A fault of the reference server (see `serve --list`).",
    )
    variant = click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="ID",
        help="A permitted difference of the reference server.",
    )
    return fault(variant(command))


def _switch(name: str, told: str) -> Any:
    """Return an option that is on, or as the file has it."""
    return click.option(name, is_flag=True, default=None, help=told)


def _refuse_token(_: click.Context, option: click.Parameter, value: str | None) -> None:
    """Refuse a token that everybody on this machine can read in the list of processes."""
    if value is not None:
        raise click.UsageError(
            f"{option.opts[0]}: no token belongs on a command line, where others can read it; set "
            "SIGNALWIRE_API_TOKEN, or name a file that holds it with --api-token-file"
        )
