"""The command: `conformance`, or `python -m conformance`."""

from conformance.runtime import import_path


def main() -> None:
    """Run a command to the end of the process."""
    import_path.secure()
    from conformance import garbage
    from conformance.cli import main as commands

    with garbage.seldom_to_the_end():
        commands()


if __name__ == "__main__":
    main()
