"""The command: `conformance`, or `python -m conformance`."""

from conformance.runtime import import_path


def main() -> None:
    """Run a command to the end of the process."""
    import_path.secure()
    from conformance.cli.main import main as commands
    from conformance.runtime import gc_tuning

    with gc_tuning.seldom_to_the_end():
        commands()


if __name__ == "__main__":
    main()
