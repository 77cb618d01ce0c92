"""The import path: our packages come from our own folder, and nothing from the working directory.

A project that the suite is run in may have modules of any name: `spec`, `reports`, `random`, `click`. Until
the path is secured each import may find one of them, so this module imports only what the interpreter has
loaded before any code of ours runs. For the same reason it has no annotations that would need `typing`.
"""

import os
import site
import sys

TYPE_CHECKING = False  # that of `typing`, which cannot be imported here
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

PACKAGES = frozenset({"spec", "strategies", "conformance", "reports", "reference"})
FOLDER = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class OwnPackages:
    """Finds our top-level packages beside this one, whatever else has their names."""

    @staticmethod
    def find_spec(
        name: str, _path: "Sequence[str] | None" = None, _target: "ModuleType | None" = None, /
    ) -> "ModuleSpec | None":
        """Return where one of our packages is, None for any other module."""
        if name not in PACKAGES:
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [FOLDER])


def prefer_own_packages() -> None:
    """Make the names of our packages mean ours; raise ImportError if one is loaded from somewhere else."""
    for name in sorted(PACKAGES):
        module = sys.modules.get(name)
        if module is not None and not _is_own(module):
            where = getattr(module, "__file__", None) or list(getattr(module, "__path__", []))
            raise ImportError(
                f"conference-conformance needs its own package {name!r} from {FOLDER!r}, but another one is "
                f"already imported from {where!r}; run it in a process that does not import that one"
            )
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)


def secure() -> None:
    """Remove the script's folder, the working directory and PYTHONPATH from the path of this process."""
    unwanted = [*_of_environment(), *([] if sys.flags.safe_path else sys.path[:1])]
    _arrange(unwanted, extra_folders())


def complete(extra: "Iterable[str]") -> None:
    """Add the folders of packages to the path of an isolated interpreter."""
    _arrange([], extra)


def extra_folders() -> "list[str]":
    """Return the folders that packages may come from and that an isolated interpreter does not know.

    Of PYTHONPATH these are the absolute ones outside of the working directory: packages that are installed
    nowhere else are found there. They are searched last, so they replace no other module.
    """
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    working = _working_directory()
    named = [each for each in _of_environment() if os.path.isabs(each) and not _is_inside(each, working)]
    return [*(each for each in user if each in sys.path), *named]


def _is_own(module: "ModuleType") -> bool:
    file = getattr(module, "__file__", None) or ""  # None: a folder without an __init__.py
    return os.path.dirname(os.path.dirname(os.path.realpath(file))) == os.path.realpath(FOLDER)


def _arrange(unwanted: "Iterable[str]", extra: "Iterable[str]") -> None:
    """Drop the working directory and what else is unwanted, and add our folder and the extra ones.

    Our folder goes before the installed packages: where PYTHONPATH named it, it held our dependencies, too.
    """
    installed = {os.path.realpath(each) for each in _installed()}
    dropped = {os.path.realpath(each) for each in (*unwanted, *_working_directory())} - installed
    path = [each for each in sys.path if each and os.path.realpath(each) not in dropped]
    if FOLDER not in path:
        packages = installed - _standard()
        places = [place for place, each in enumerate(path) if os.path.realpath(each) in packages]
        path.insert(min(places, default=len(path)), FOLDER)
    sys.path[:] = dict.fromkeys((*path, *extra))


def _installed() -> "list[str]":
    """Return the folders of the standard library and of installed packages."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [*_standard(), *site.getsitepackages(), *user]


def _standard() -> "set[str]":
    library = os.path.realpath(os.path.dirname(os.__file__))
    return {library, os.path.join(library, "lib-dynload")}


def _of_environment() -> "list[str]":
    if sys.flags.ignore_environment:
        return []
    named = os.environ.get("PYTHONPATH", "")
    return named.split(os.pathsep) if named else []


def _working_directory() -> "list[str]":
    try:
        return [os.getcwd()]
    except OSError:  # it was deleted
        return []


def _is_inside(path: str, folders: "Sequence[str]") -> bool:
    real = os.path.realpath(path)
    return any(real == each or real.startswith(each.rstrip(os.sep) + os.sep) for each in folders)
