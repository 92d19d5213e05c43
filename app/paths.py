"""Where things lie in a checkout: the project's own files and its private state in `.otklik/`."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Optional


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout. Used before any environment exists, so standard library only."""

    root: Path
    elsewhere: Optional[Path] = None
    """Folder of the project when it is another than the checkout: a draft, or `OTKLIK_PROJECT_DIR`."""

    @property
    def project(self) -> Path:
        """What the robot is made of: config.yml, domain.yml, nlu/data, stories, bot/content, bot/persona."""
        return self.elsewhere or self.root

    @property
    def state(self) -> Path:
        """Everything that is made, never committed; `OTKLIK_STATE` puts it elsewhere."""
        elsewhere = os.environ.get("OTKLIK_STATE")
        return Path(elsewhere).expanduser().resolve() if elsewhere else self.root / ".otklik"

    @property
    def requirements(self) -> Path:
        """Pinned packages of each environment."""
        return self.root / "requirements"

    @property
    def logs(self) -> Path:
        """One log a process or step."""
        return self.state / "logs"

    @property
    def data(self) -> Path:
        """Databases and keys: what must be backed up."""
        return self.state / "data"

    @property
    def models(self) -> Path:
        """Trained models, `<fingerprint>.tar.gz`."""
        return self.state / "models"

    @property
    def run(self) -> Path:
        """Marks of what runs now."""
        return self.state / "run"

    @property
    def cache(self) -> Path:
        """What may be deleted at any time."""
        return self.state / "cache"

    def venv(self, name: str) -> Path:
        """The virtual environment `dialogue` or `assistant`."""
        return self.state / "venvs" / name

    def python(self, name: str) -> Path:
        """The interpreter of an environment."""
        return self.venv(name) / "bin" / "python"

    def shown(self, path: Path) -> str:
        """A path as a person at the checkout would type it."""
        try:
            return str(path.relative_to(self.project))
        except ValueError:
            pass
        try:
            return str(path.relative_to(self.root))
        except ValueError:
            return str(path)


HERE = Layout(Path(__file__).resolve().parents[1])
"""This checkout."""
