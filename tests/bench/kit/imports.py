"""A process that imports what it is told and says how much memory each package took for itself, not what it imported.

Run with an order as JSON: ``modules`` to import, in this order. What a package takes is how much more is resident after
its modules were executed, less what other modules took that they imported meanwhile; the pages of its shared libraries
that were touched are among it. Nothing is looked at by the garbage collector meanwhile, as in ``hongyan serve``.
"""

import gc
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

from tests.bench.kit.accounts import resident_bytes


@dataclass(slots=True)
class Share:
    """What a package took: bytes, modules, and the module that wanted it first."""

    size: int = 0
    modules: int = 0
    first: str = "-"


@dataclass(slots=True)
class Accounts(MetaPathFinder):
    """Finds modules as the usual finder does, and keeps accounts of what they take."""

    shares: dict[str, Share] = field(default_factory=dict[str, Share])
    open: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    """Modules that are being executed, and what all they imported so far took."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module in a folder; those that are built in take nothing."""
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            spec.loader = Measured(spec.loader, self)
        return spec

    def begin(self, name: str) -> None:
        """Note who wanted a package first, and that a module of it runs now."""
        package = name.partition(".")[0]
        others = [one for one, _ in self.open if one.partition(".")[0] != package]
        self.shares.setdefault(package, Share(first=others[-1] if others else "-")).modules += 1
        self.open.append((name, 0))

    def end(self, taken: int) -> None:
        """Put down what the innermost module took, and take it off what the one around it did."""
        name, of_others = self.open.pop()
        self.shares[name.partition(".")[0]].size += taken - of_others
        if self.open:
            around, theirs = self.open.pop()
            self.open.append((around, theirs + taken))


@dataclass(slots=True)
class Measured(Loader):
    """Loads as another loader does, between two looks at the memory."""

    loader: Loader
    accounts: Accounts
    _made: int = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module, which is when a shared library is loaded."""
        before = resident_bytes(os.getpid())
        module = self.loader.create_module(spec)
        self._made = resident_bytes(os.getpid()) - before
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module."""
        before = resident_bytes(os.getpid()) - self._made
        self.accounts.begin(module.__name__)
        try:
            self.loader.exec_module(module)
        finally:
            self.accounts.end(resident_bytes(os.getpid()) - before)


def main(modules: Sequence[str]) -> None:
    """Import modules and answer with what was resident before and after, and the share of each package."""
    gc.disable()
    accounts = Accounts()
    sys.meta_path.insert(0, accounts)
    before = resident_bytes(os.getpid())
    for one in modules:
        import_module(one)
    after = resident_bytes(os.getpid())
    shares = {name: asdict(share) for name, share in accounts.shares.items()}
    sys.stdout.write(json.dumps({"before": before, "after": after, "shares": shares}) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1])["modules"])
