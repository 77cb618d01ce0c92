"""Declarations of the commands about certificates."""

import sys
from typing import Any, NoReturn

import click

from conformance.cli.declarations.options import force_option, run_options
from conformance.cli.interface.command import Command, examples
from conformance.cli.json_output import json_option


@click.command(
    cls=Command,
    rejected=("seed", "fail_fast", "max_failures", "verify_tls"),
    epilog=examples(
        "conformance certify --target https://example.com --key keys/private.pem \\",
        "    --vendor Example --product 'Example Video' --product-version 2.1 --output certificate",
    ),
)
@run_options(has_default_target=False)
@force_option
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
def certify(**options: Any) -> NoReturn:
    """Run all checks against a target and sign the results.

    Writes a bundle: the results, the evidence, and certificate.json with the SHA-256 digest of every file.
    --target is required; --seed, --fail-fast, --max-failures and --no-verify-tls are not allowed.
    """
    from conformance.runtime.shutdown import INTERRUPTION

    with INTERRUPTION.handle_signals():
        from conformance.cli.certify import certify_command

        code = certify_command(options)
    sys.exit(code)


@click.command(
    cls=Command,
    epilog=examples(
        "conformance verify conformance-results",
        "conformance verify certificate --public-key keys/public.pem --require conforms",
    ),
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
@json_option
def verify(path: str, public_key: str | None, required: str | None, *, as_json: bool) -> NoReturn:
    """Verify a bundle offline: signature, files and verdicts.

    DIR|FILE is a bundle, the output directory of a run, or its evidence file. The verdicts are recomputed
    from the evidence. The first line is the overall status and the state of the signature.

    Exit codes: 0 verified, whatever the status; 1 not verified, expired, or not as --require demands;
    2 cannot be verified by this version of the suite.
    """
    from conformance.cli.certify import verify_command

    sys.exit(verify_command(path, public_key, required, as_json=as_json))


@click.command(cls=Command, epilog=examples("conformance keygen keys"))
@click.argument("folder", type=click.Path(file_okay=False), metavar="DIR")
def keygen(folder: str) -> NoReturn:
    """Generate a key pair for signing certificates.

    Writes private.pem, which must be kept secret, and public.pem, which verifiers need.
    """
    from conformance.cli.certify import keygen_command

    sys.exit(keygen_command(folder))
