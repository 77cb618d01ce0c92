"""The entry point of `conformance` and `python -m conformance`."""

from conformance.runtime import import_path


def main() -> None:
    """Run a command and exit the process."""
    import_path.secure()
    from conformance.cli.main import main as run_command
    from conformance.runtime import gc_tuning

    with gc_tuning.reduced_gc_until_exit():
        run_command()


if __name__ == "__main__":
    main()
