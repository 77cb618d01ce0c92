"""`python -m conformance`: the command under another name."""

from conformance.cli import main

main()
