"""The command: `conformance`, or `python -m conformance`."""

from conformance import garbage
from conformance.cli import main as commands


def main() -> None:
    """Run a command, from its first import to the end of the process."""
    garbage.at_the_end_never()
    with garbage.seldom():
        commands()


if __name__ == "__main__":
    main()
