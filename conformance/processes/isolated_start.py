"""Start script of a child process in an isolated interpreter (`python -I`).

Its arguments are the program, additional package folders, and the arguments of the program.
"""

import os
import sys

PROGRAMS = {
    "background": "conformance.processes.background_process",
    "search": "conformance.fuzzing.search.process",
    "reference": "reference.__main__",
    "worker": "conformance.engine.worker_process",
}


def start(program: str, extra: str, *arguments: str) -> None:
    """Complete the import path of this interpreter, and run a program."""
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.path.insert(0, folder)
    from conformance.runtime import import_path

    sys.path.remove(folder)
    import_path.complete(filter(None, extra.split(os.pathsep)))
    from importlib import import_module

    sys.argv[:] = [program, *arguments]
    import_module(PROGRAMS[program]).main()


if __name__ == "__main__":
    start(*sys.argv[1:])
