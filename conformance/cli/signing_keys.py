"""The `conformance keygen` command, and the private key of `certify`.

A passphrase comes from an environment variable or a prompt, never from the command line.
"""

import os
import sys
from pathlib import Path
from typing import Final

import click

from conformance.certificate import keys
from conformance.certificate.keys import EncryptedKeyError, KeyFileError, Signer
from conformance.redaction.redactor import redact_environment_credentials
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import USAGE_ERROR

VARIABLE: Final = "CONFORMANCE_KEY_PASSPHRASE"
_HOW: Final = f"set {VARIABLE}, or run the command in a terminal to be asked for it"


class _PassphraseError(KeyFileError):
    """There is no usable passphrase; the message does not contain it."""


def keygen_command(folder: str, *, encrypt: bool) -> int:
    """Write a key pair to a folder, print both paths and the key id, and return the exit code."""
    try:
        passphrase = _new_passphrase() if encrypt else None
        private, public = keys.generate_keys(Path(folder), passphrase)
    except _PassphraseError as error:
        return _usage_error(str(error))
    except FileExistsError as error:
        return _usage_error(f"{error.filename} already exists; specify another folder")
    except OSError as error:
        return _usage_error(f"{folder} cannot be written to: {error.strerror}")
    kind = "encrypted private key" if encrypt else "private key"
    click.echo(f"{private}  {kind}: keep it secret\n{public}  public key: distribute it to verifiers")
    click.echo(f"key       SHA-256 {keys.load_signer(private, passphrase).key_id}")
    return 0


def load_signer(path: str) -> Signer:
    """Return the signer of a private key file, after asking for the passphrase of an encrypted one.

    Raises KeyFileError if the file or the passphrase cannot be used.
    """
    try:
        return keys.load_signer(Path(path))
    except EncryptedKeyError:
        return keys.load_signer(Path(path), _passphrase(path))


def _passphrase(path: str) -> str:
    """Return the passphrase of a private key."""
    passphrase = os.environ.get(VARIABLE)
    if passphrase is None and _has_terminal():
        passphrase = click.prompt(
            f"Passphrase of {escape_unprintable(path)}",
            hide_input=True,
            default="",
            show_default=False,
            err=True,
        )
    if not passphrase:
        raise _PassphraseError(f"{path} is encrypted, and no passphrase was specified: {_HOW}")
    return str(passphrase)


def _new_passphrase() -> str:
    """Return the passphrase for a new private key."""
    passphrase = os.environ.get(VARIABLE)
    if passphrase is None and _has_terminal():
        passphrase = click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True)
    if not passphrase:
        raise _PassphraseError(f"--encrypt requires a passphrase that is not empty: {_HOW}")
    return str(passphrase)


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _usage_error(problem: str) -> int:
    click.echo(escape_unprintable(f"conformance: {redact_environment_credentials(problem)}"), err=True)
    return USAGE_ERROR
