"""Import path: the packages of the suite come from its own folder, and nothing from the working directory.

A project that runs the suite may have modules of any name, such as `spec`, `reports`, `random` or `click`.
Until the path is secured, any import may find one of them. Therefore this module imports only modules that
the interpreter has loaded already, and has no annotations that need `typing`.
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
    """Finder of the top-level packages of the suite, regardless of other modules with their names."""

    @staticmethod
    def find_spec(
        name: str, _path: "Sequence[str] | None" = None, _target: "ModuleType | None" = None, /
    ) -> "ModuleSpec | None":
        """Return the spec of a package of the suite, None for any other module."""
        if name not in PACKAGES:
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [FOLDER])


def prefer_own_packages() -> None:
    """Make imports find the packages of the suite; raise ImportError if another package was imported."""
    for name in sorted(PACKAGES):
        module = sys.modules.get(name)
        if module is not None and not _is_own(module):
            where = getattr(module, "__file__", None) or list(getattr(module, "__path__", []))
            raise ImportError(
                f"conference-conformance needs its own package {name!r} from {FOLDER!r}, but a package of "
                f"that name was already imported from {where!r}; run it in a process that does not import it"
            )
    if OwnPackages not in sys.meta_path:
        sys.meta_path.insert(0, OwnPackages)


def secure() -> None:
    """Remove the script's folder, the working directory and PYTHONPATH from the path of this process."""
    unwanted = [*_python_path(), *([] if sys.flags.safe_path else sys.path[:1])]
    _arrange(unwanted, extra_folders())


def complete(extra: "Iterable[str]") -> None:
    """Add package folders to the import path of an isolated interpreter."""
    _arrange([], extra)


def extra_folders() -> "list[str]":
    """Return the package folders that are not on the import path of an isolated interpreter.

    These are the user's site-packages and the absolute folders of PYTHONPATH outside the working directory.
    They are searched last, so that they replace no other module.
    """
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    working = _working_directory()
    absolute = [path for path in _python_path() if os.path.isabs(path) and not _is_inside(path, working)]
    return [*(path for path in user if path in sys.path), *absolute]


def _is_own(module: "ModuleType") -> bool:
    file = getattr(module, "__file__", None) or ""  # None: a folder without an __init__.py
    return os.path.dirname(os.path.dirname(os.path.realpath(file))) == os.path.realpath(FOLDER)


def _arrange(unwanted: "Iterable[str]", extra: "Iterable[str]") -> None:
    """Remove the working directory and unwanted folders, and add the folder of the suite and extra folders.

    The folder of the suite precedes the installed packages: if PYTHONPATH contained it, it may also contain
    the dependencies.
    """
    installed = {os.path.realpath(folder) for folder in _installed()}
    removed = {os.path.realpath(folder) for folder in (*unwanted, *_working_directory())} - installed
    path = [folder for folder in sys.path if folder and os.path.realpath(folder) not in removed]
    if FOLDER not in path:
        packages = installed - _standard_library()
        indices = [index for index, folder in enumerate(path) if os.path.realpath(folder) in packages]
        path.insert(min(indices, default=len(path)), FOLDER)
    sys.path[:] = dict.fromkeys((*path, *extra))


def _installed() -> "list[str]":
    """Return the folders of the standard library and of installed packages."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [*_standard_library(), *site.getsitepackages(), *user]


def _standard_library() -> "set[str]":
    library = os.path.realpath(os.path.dirname(os.__file__))
    return {library, os.path.join(library, "lib-dynload")}


def _python_path() -> "list[str]":
    if sys.flags.ignore_environment:
        return []
    value = os.environ.get("PYTHONPATH", "")
    return value.split(os.pathsep) if value else []


def _working_directory() -> "list[str]":
    try:
        return [os.getcwd()]
    except OSError:  # it was deleted
        return []


def _is_inside(path: str, folders: "Sequence[str]") -> bool:
    real = os.path.realpath(path)
    return any(real == folder or real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)
