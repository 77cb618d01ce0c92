"""The command: `conformance`, or `python -m conformance`."""

from conformance import garbage
from conformance.cli import main as commands


def main() -> None:
    """Run a command to the end of the process."""
    with garbage.seldom_to_the_end():
        commands()


if __name__ == "__main__":
    main()
