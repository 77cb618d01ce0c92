"""The `conformance` command and its subcommands.

Heavy modules are imported where they are used, so that `--help` is fast.
"""

import io
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance import __version__
from conformance.cli.crash_report import CrashSafeCommand
from conformance.cli.options import (
    EFFORT,
    force_option,
    reference_server_options,
    run_options,
    selection_options,
    workers_option,
)
from conformance.runtime import standard_streams
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import INTERNAL_ERROR, INTERRUPTED, most_severe


class _CommandGroup(click.Group):
    """A group of commands that redacts secrets in usage errors and reports failures of standard output."""

    command_class = CrashSafeCommand

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line; exit with 4 if standard output could not be written."""
        standard_streams.prepare()
        try:
            return super().main(*arguments, **options)
        except SystemExit as system_exit:
            failure = standard_streams.output_failure()
            if failure is not None:
                problem = f"standard output cannot be written to: {failure.strerror}"
                click.echo(f"conformance: {problem}", err=True)
                system_exit.code = most_severe(
                    {INTERNAL_ERROR: True, INTERRUPTED: system_exit.code == INTERRUPTED}
                )
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; redact secrets in a usage error, which may repeat an argument."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from conformance.redaction.redactor import redact_environment_credentials

            message = redact_environment_credentials(error.message)
            if message == error.message:
                raise
            raise click.UsageError(message, error.ctx) from None


def _examples(*lines: str) -> str:
    """Return an epilog of the help that shows command lines."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


@click.group(
    cls=_CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=_examples(
        "conformance run                                     test the built-in reference server",
        "conformance doctor --target https://example.com     check that a run can start",
        "conformance run --target https://example.com        test a server",
    ),
)
@click.version_option(__version__)
def main() -> None:
    """Test whether a server conforms to SignalWire's Conference API.

    Credentials are read from SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN.

    Exit codes: 0 conforms, 1 does not conform, 2 usage error or failed preflight, 3 inconclusive,
    4 internal error, 5 clean-up incomplete, 130 interrupted.
    """
    try:
        Path.cwd()
    except OSError as error:
        raise click.UsageError(
            f"the current directory is not accessible ({error.strerror}); change to another directory"
        ) from None
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a character that it cannot encode must not end the command
            stream.reconfigure(errors="backslashreplace")


@main.command(
    epilog=_examples(
        "conformance run --target https://example.com --effort smoke",
        "conformance run --select 'VC-CREATE-NAME-*'",
        "conformance run --fault date-only-becomes-end-of-day",
    )
)
@run_options
@force_option
@reference_server_options
@click.option("--shard", metavar="K/N", help="Run shard K of N only; merge shards with `conformance report`.")
@workers_option(
    "Number of worker processes; they share --concurrency, --rate-limit, --max-requests and, if specified, "
    "--max-live."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only failures and the verdict.")
@click.option("-v", "--verbose", is_flag=True, help="Print the verdict and duration of every requirement.")
def run(
    faults: tuple[str, ...],
    variants: tuple[str, ...],
    *,
    workers: int,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> NoReturn:
    """Run the checks and report a verdict for each requirement."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose cannot be combined")
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from reports.formats.terminal import Detail

        detail = Detail.QUIET if quiet else Detail.VERBOSE if verbose else Detail.NORMAL
        if workers > 1:
            from conformance.cli.parallel_run import parallel_run_command

            code = parallel_run_command(options, faults, variants, workers, detail)
        else:
            from conformance.cli.run import run_command

            code = run_command(options, faults, variants, detail)
    sys.exit(code)


@main.command(
    epilog=_examples(
        "conformance fuzz --target https://example.com --max-seconds 3600",
        "conformance fuzz --target https://example.com --workers 4 --select 'VC-CREATE-*'",
    )
)
@run_options
@force_option
@reference_server_options
@workers_option(
    "Number of rounds to run in parallel after the first; they share --concurrency, --rate-limit and "
    "--max-live."
)
@click.option("-q", "--quiet", is_flag=True, help="Print only findings and the verdict.")
def fuzz(
    faults: tuple[str, ...], variants: tuple[str, ...], *, workers: int, quiet: bool, **options: Any
) -> NoReturn:
    """Run repeatedly with new random values; report each finding once.

    Runs with --effort thorough for --max-seconds (default here: 600) or until interrupted. The first round
    runs all checks, later rounds only property-based and passive checks. --max-requests and --max-seconds
    apply to all rounds together. A round with new findings is kept in OUTPUT/round-SEED.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from conformance.cli.fuzz import fuzz_command
        from reports.formats.terminal import Detail

        code = fuzz_command(options, faults, variants, workers, Detail.QUIET if quiet else Detail.NORMAL)
    sys.exit(code)


@main.command(
    epilog=_examples("conformance doctor", "conformance doctor --target https://example.com --read-only")
)
@run_options
def doctor(**options: Any) -> NoReturn:
    """Check that a run can start.

    Checks the connection, the API, the credentials and the clock of the target. Unless --read-only is
    specified, also creates, gets, lists and deletes one resource of each claimed profile. Warns of a target
    that accepts any token, does not return what was created, or looks like a stateless mock. Stops at the
    first failure.

    Exit codes: 0 a run can start, 2 it cannot, 4 internal error, 5 a created resource was not deleted.
    """
    from conformance.cli.doctor import doctor_command

    sys.exit(doctor_command(options))


@main.command(epilog=_examples("conformance prove --output proof", "conformance prove --fault 'name-*'"))
@click.option(
    "--fault", "faults", multiple=True, metavar="ID", help="Only these faults: ids or glob patterns."
)
@click.option(
    "--variant", "variants", multiple=True, metavar="ID", help="Only these variants: ids or glob patterns."
)
@click.option(
    "--seeds",
    type=click.IntRange(0),
    default=50,
    metavar="N",
    help="Number of random combinations of variants. Default: 50.",
)
@click.option(
    "--effort", type=EFFORT, default="standard", show_default=True, help="Number of test cases of each run."
)
@click.option(
    "--everything",
    is_flag=True,
    help="Run all checks against each fault, not only those that should detect it.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="Number of worker processes. Default: one per core.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write matrix.json, matrix.md and matrix.html to this directory.",
)
def prove(effort: str, **options: Any) -> NoReturn:
    """Mutation-test the suite against faults of the reference server.

    Runs the checks against the reference server with each fault and each permitted variant in turn, and with
    random combinations of variants. Needs neither network nor target.

    Exit codes: 0 all faults detected and no false positives, 1 otherwise, 2 usage error, 4 the output cannot
    be written, 130 interrupted.
    """
    from conformance.cli.prove import prove_command
    from conformance.config.settings import Effort

    sys.exit(prove_command(effort=Effort(effort), **options))


@main.command(
    epilog=_examples(
        "conformance certify --target https://example.com --key keys/private.pem \\",
        "    --vendor Example --product 'Example Video' --product-version 2.1 --output certificate",
    )
)
@run_options
@click.option(
    "--key", required=True, type=click.Path(), metavar="FILE", help="Private key; see `conformance keygen`."
)
@click.option("--vendor", required=True, metavar="NAME", help="Vendor of the product.")
@click.option("--product", required=True, metavar="NAME", help="Product name.")
@click.option("--product-version", required=True, metavar="V", help="Product version.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=365,
    show_default=True,
    metavar="N",
    help="Validity of the certificate in days.",
)
def certify(key: str, **options: Any) -> NoReturn:
    """Run all checks against a target and sign the results.

    Writes a bundle to --output: the results, the evidence, and certificate.json with the SHA-256 digest of
    every file. --target and --output are required; an existing bundle is never overwritten; --seed and
    --fail-fast are not allowed. The passphrase of an encrypted key is read from CONFORMANCE_KEY_PASSPHRASE or
    from the terminal.
    """
    from conformance.certificate.keys import KeyFileError
    from conformance.cli.signing_keys import load_signer
    from conformance.runtime.shutdown import INTERRUPTION

    try:
        signer = load_signer(key)  # may prompt, which Ctrl-C must abort, so before signals are handled
    except KeyFileError as error:
        raise click.UsageError(escape_unprintable(str(error))) from None
    with INTERRUPTION.handle_signals():
        from conformance.cli.certify import certify_command

        code = certify_command(options, signer)
    sys.exit(code)


@main.command(
    epilog=_examples(
        "conformance cleanup --run conformance-results --target https://example.com",
        "conformance cleanup --run conformance-results --yes",
    )
)
@click.option(
    "--run",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Output directory of the run.",
)
@click.option("--target", metavar="ORIGIN", help="Target of the run; confirms where credentials are sent.")
@click.option("--yes", is_flag=True, help="Trust DIR: send credentials to the target recorded there.")
@click.option("--project-id", metavar="ID", help="Project ID; overrides SIGNALWIRE_PROJECT_ID.")
@click.option(
    "--api-token-file",
    type=click.Path(),
    metavar="FILE",
    help="File that contains the API token, or project:token; overrides SIGNALWIRE_API_TOKEN.",
)
@click.option("--rate-limit", metavar="N/s", help="Maximum number of requests, e.g. 20/s or 600/m.")
@click.option(
    "--timeout",
    metavar="S",
    help="Timeout for a request, in seconds or with a unit, e.g. 500ms. Default: 10.",
)
@click.option(
    "--header",
    "headers",
    multiple=True,
    metavar="NAME:VALUE",
    help="Header to add to every request. Repeatable.",
)
@click.option("--ca", type=click.Path(), metavar="PATH", help="CA certificates: a PEM file or a directory.")
@click.option(
    "--client-cert",
    type=click.Path(),
    metavar="FILE",
    help="Client certificate and key: one PEM file, or CERT,KEY.",
)
@click.option("--proxy", metavar="URL", help="Proxy URL (http, https, socks5 or socks5h).")
@click.option("--config", type=click.Path(), metavar="FILE", help="Configuration file, as for `run`.")
def cleanup(folder: Path, *, yes: bool, **options: Any) -> NoReturn:
    """Delete resources that a killed run left at its target.

    Deletes only resources that are listed in the run's ledger and whose get returns the unique name of their
    create request. The target recorded in DIR must be confirmed: with --target, in the configuration file, or
    with --yes.

    Exit codes: 0 nothing left, 5 resources left, 2 clean-up not possible.
    """
    from conformance.cli.cleanup import cleanup_command

    sys.exit(cleanup_command(folder, options, confirmed=yes))


@main.command(
    epilog=_examples(
        "conformance verify conformance-results",
        "conformance verify certificate --public-key keys/public.pem --require conforms",
    )
)
@click.argument("path", type=click.Path(), metavar="DIR|FILE")
@click.option(
    "--public-key",
    type=click.Path(),
    metavar="FILE",
    help="Public key that must have signed the certificate.",
)
@click.option(
    "--require",
    "required",
    type=click.Choice(["conforms"]),
    help="Exit with 1 unless the status is conforms and the certificate is valid and signed by --public-key.",
)
def verify(path: str, public_key: str | None, required: str | None) -> NoReturn:
    """Verify a bundle offline: signature, files and verdicts.

    DIR|FILE is a bundle, the output directory of a run, or its evidence file. The verdicts are recomputed
    from the evidence. The first line is the overall status and the state of the signature.

    Exit codes: 0 verified, whatever the status; 1 not verified, expired, or not as --require demands;
    2 cannot be verified by this version of the suite.
    """
    from conformance.cli.certify import verify_command

    sys.exit(verify_command(path, public_key, required))


@main.command(epilog=_examples("conformance keygen keys", "conformance keygen keys --encrypt"))
@click.argument("folder", type=click.Path(file_okay=False), metavar="DIR")
@click.option(
    "--encrypt",
    is_flag=True,
    help="Encrypt the private key with the passphrase in CONFORMANCE_KEY_PASSPHRASE, or ask for one.",
)
def keygen(folder: str, *, encrypt: bool) -> NoReturn:
    """Generate a key pair for signing certificates.

    Writes private.pem, which must be kept secret, and public.pem, which verifiers need. The passphrase of an
    encrypted key is never printed; without it, the key cannot be used.
    """
    from conformance.cli.signing_keys import keygen_command

    sys.exit(keygen_command(folder, encrypt=encrypt))


@main.command(
    context_settings={"ignore_unknown_options": True},
    epilog=_examples("conformance serve --port 8080", "conformance serve --list"),
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> NoReturn:
    """Start the reference server.

    ARGUMENTS are --port N, --fault ID, --variant ID, --latency MS, or --list to list all faults and variants.

    The server stores resources in memory, listens on 127.0.0.1, and prints `ready http://127.0.0.1:PORT` and
    the credentials that it accepts: those of the environment, or built-in ones.
    """
    from conformance.config.credentials_input import prepared_variables
    from conformance.config.setting_types import ConfigurationError
    from conformance.processes.reference_process import exec_reference_server

    try:
        variables, notices = prepared_variables()
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    for notice in notices:
        click.echo(notice, err=True)
    os.environ.update(variables)
    exec_reference_server(*arguments)


@main.command(
    epilog=_examples(
        "conformance report conformance-results",
        "conformance report shard-1 shard-2 shard-3",
        "conformance report conformance-results --format har",
    )
)
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR...")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Output directory. Default: DIR, or conformance-results when merging.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["reports", "har"]),
    default="reports",
    show_default=True,
    help="har: write only findings.har, an HTTP Archive of the exchanges of the findings.",
)
@click.option("--all-exchanges", is_flag=True, help="With --format har: all exchanges, to exchanges.har.")
def report(folders: tuple[Path, ...], output: Path | None, *, form: str, all_exchanges: bool) -> NoReturn:
    """Regenerate the reports of a run, or merge shards.

    DIR is the output directory of a run. The verdicts of a killed run are recomputed from its evidence. When
    merging, the worst verdict on each requirement counts, and a requirement that no shard decided is
    inconclusive. The exit code is that of the run or of the merged result.
    """
    from conformance.cli.har_export import har_command
    from conformance.cli.report import report_command

    if form == "har":
        sys.exit(har_command(folders, output, all_exchanges=all_exchanges))
    if all_exchanges:
        raise click.UsageError("--all-exchanges requires --format har")
    sys.exit(report_command(folders, output))


@main.command(epilog=_examples("conformance compare before after --output comparison.md"))
@click.argument("first", type=click.Path(path_type=Path), metavar="A")
@click.argument("second", type=click.Path(path_type=Path), metavar="B")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the comparison to a Markdown (.md) or JSON (.json) file.",
)
def compare(first: Path, second: Path, output: Path | None) -> NoReturn:
    """Compare two runs and report changed verdicts.

    A and B are output directories or results.json files.

    Exit codes: 0 no verdict got worse, 1 at least one did, 2 invalid input.
    """
    from conformance.cli.report import compare_command

    sys.exit(compare_command(first, second, output))


@main.command(
    name="list",
    epilog=_examples(
        "conformance list --profile video --select 'VC-CREATE-*'",
        "conformance list --select member:join_from --exclude level:may",
    ),
)
@selection_options
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="Profile: video or fabric. Repeatable. Default: both.",
)
def list_requirements(select: str | None, exclude: str | None, profiles: tuple[str, ...]) -> NoReturn:
    """List requirements: id, level and sentence."""
    from conformance.cli.run import list_command

    sys.exit(list_command(select, exclude, profiles))


@main.command(epilog=_examples("conformance explain VC-CREATE-DATE-ONLY"))
@click.argument("identifier", metavar="ID")
def explain(identifier: str) -> NoReturn:
    """Show a requirement with its source and interpretation."""
    from conformance.cli.run import explain_command

    sys.exit(explain_command(identifier))


@main.command(
    name="spec",
    epilog=_examples(
        "conformance spec video > video.yaml", "conformance spec fabric --format json --openapi 3.0"
    ),
)
@click.argument("name", metavar="video|fabric", type=click.Choice(["video", "fabric"]))
@click.option(
    "--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="Format."
)
@click.option(
    "--openapi",
    "version",
    type=click.Choice(["3.1", "3.0"]),
    default="3.1",
    show_default=True,
    help="OpenAPI version.",
)
def print_spec(name: str, form: str, version: str) -> None:
    """Print the OpenAPI document of an API, for mock servers and code generators."""
    from conformance.cli.published_spec import document_text

    click.echo(document_text(name, form, version), nl=False)


@main.command(epilog=_examples("conformance init --ci github"))
@click.argument(
    "folder", default=Path(), metavar="[DIR]", type=click.Path(file_okay=False, exists=True, path_type=Path)
)
@click.option("--ci", type=click.Choice(["github", "gitlab"]), help="Also write the file of a CI pipeline.")
def init(folder: Path, ci: str | None) -> None:
    """Write a commented conformance.toml to the current directory, or to DIR; nothing is overwritten."""
    from conformance.cli.init import write_project_files
    from conformance.config.setting_types import ConfigurationError

    try:
        write_project_files(folder, ci)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
