"""Declarations of the commands about certificates."""

import sys
from typing import Any, NoReturn

import click

from conformance.cli.declarations.options import run_options
from conformance.cli.interface.command import Command, examples
from conformance.cli.interface.json_output import json_option
from reports.presentation.sanitize import escape_unprintable


@click.command(
    cls=Command,
    rejected=("seed", "fail_fast", "max_failures", "verify_tls"),
    epilog=examples(
        "conformance certify --target https://example.com --key keys/private.pem \\",
        "    --vendor Example --product 'Example Video' --product-version 2.1 --output certificate",
    ),
)
@run_options(has_default_target=False)
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
    every file. --target and --output are required; an existing bundle is never overwritten; --seed,
    --fail-fast, --max-failures and --no-verify-tls are not allowed. The passphrase of an encrypted key comes
    from CONFORMANCE_KEY_PASSPHRASE or from the terminal.
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


@click.command(cls=Command, epilog=examples("conformance keygen keys", "conformance keygen keys --encrypt"))
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
