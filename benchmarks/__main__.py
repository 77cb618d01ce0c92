"""All benchmarks, or some, one after the other, and the page that shows them.

    python -m benchmarks [NAME ...] [--rounds 5]

Writes docs/explanation/performance/*.json and *.svg, and the figures between the marks of
docs/explanation/performance.md.
"""

import argparse
from collections.abc import Sequence

from benchmarks.harness import say
from benchmarks.performance_page import BENCHMARKS, FOLDER, PAGE, keep, kept_again, told


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is named, and write the page anew."""
    names = [each.name for each in BENCHMARKS]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}; all without any")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; the median counts")
    parser.add_argument("--page-only", action="store_true", help="draw and write what is kept, unmeasured")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    for benchmark in BENCHMARKS:
        if options.page_only:
            kept_again(benchmark)
        elif not options.names or benchmark.name in options.names:
            say(f"# {benchmark.name}")
            taken = benchmark.taken(benchmark.parser().parse_args(["--rounds", str(options.rounds)]))
            print(benchmark.told(taken.rows))
            keep(benchmark, taken)
    page = FOLDER / PAGE
    page.write_text(told(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
