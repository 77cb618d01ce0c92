"""Run the benchmarks and update docs/performance.md.

    python -m benchmarks [NAME ...] [--rounds 5]

Without a NAME, all benchmarks run one after another. The results go to docs/explanation/performance/ and
between the markers of docs/explanation/performance.md.
"""

import argparse
from collections.abc import Sequence

from benchmarks.harness import log
from benchmarks.performance_page import BENCHMARKS, FOLDER, PAGE, fill_page, store, update


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the selected benchmarks and update the page."""
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"benchmark to run: {', '.join(names)}; default: all"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each measurement; the median counts")
    parser.add_argument(
        "--page-only",
        action="store_true",
        help="update plots and page from the stored results, without measuring",
    )
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"unknown benchmark {', '.join(sorted(unknown))}; available: {', '.join(names)}")
    for benchmark in BENCHMARKS:
        if options.page_only:
            update(benchmark)
        elif not options.names or benchmark.name in options.names:
            log(f"# {benchmark.name}")
            results = benchmark.run(benchmark.parser().parse_args(["--rounds", str(options.rounds)]))
            print(benchmark.report(results.rows))
            store(benchmark, results)
    page = FOLDER / PAGE
    page.write_text(fill_page(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
