"""A few hundred real paragraphs: this project's documentation, and Python's own docstrings."""

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

MODULES = (
    "abc argparse array ast asyncio base64 bisect calendar cmath collections concurrent.futures"
    " configparser contextlib copy csv ctypes datetime decimal difflib dis email enum fnmatch"
    " fractions functools gc getpass glob gzip hashlib heapq hmac html http.client http.server"
    " importlib inspect io ipaddress itertools json locale logging math mimetypes mmap"
    " multiprocessing operator os os.path pathlib pickle platform pprint queue random re sched"
    " secrets select shelve shlex shutil signal smtplib socket sqlite3 ssl stat statistics string"
    " struct subprocess sys tarfile tempfile textwrap threading time timeit tokenize traceback"
    " types typing unicodedata unittest urllib.parse urllib.request uuid warnings weakref"
    " xml.etree.ElementTree zipfile zlib zoneinfo"
).split()

SHORTEST = 40
LONGEST = 600
"""Characters of a passage: enough to mean something, and few enough to mean one thing."""


@dataclass(frozen=True)
class Passage:
    """A paragraph, and where it stands."""

    source: str
    text: str


def load_corpus(limit: int | None = None) -> list[Passage]:
    """All passages, or `limit` of them spread evenly over all."""
    passages = [*_documentation(), *_docstrings()]
    if limit is None or limit >= len(passages):
        return passages
    return [passages[index * len(passages) // limit] for index in range(limit)]


def _documentation() -> Iterator[Passage]:
    """The paragraphs of README.md and docs/, each with the heading that it stands under."""
    for file in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        heading = ""
        text = re.sub(r"```.*?```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        for paragraph in _paragraphs(text):
            title = re.match(r"#+ (.*)", paragraph)
            if title:
                heading, _, paragraph = title[1].partition("\n")
            if len(paragraph) >= SHORTEST:
                yield Passage(f"{file.name}: {heading}", f"{heading}. {paragraph}"[:LONGEST])


def _docstrings() -> Iterator[Passage]:
    """What the standard library says about its modules, functions and classes."""
    seen: set[str] = set()
    for name in MODULES:
        module = importlib.import_module(name)
        public = [(name, module)]
        public += [
            (f"{name}.{key}", value)
            for key, value in sorted(vars(module).items())
            if not key.startswith("_") and (inspect.isroutine(value) or inspect.isclass(value))
        ]
        for title, item in public:
            text = " ".join(next(_paragraphs(_meaning(item)), "").split())
            if SHORTEST <= len(text) and text not in seen and _is_home(item, name):
                seen.add(text)
                yield Passage(title, f"{title}: {text}"[:LONGEST])


def _meaning(item: object) -> str:
    """A docstring without the signature that functions written in C begin with."""
    text = inspect.getdoc(item) or ""
    first, _, rest = text.partition("\n")
    return rest.strip() if re.match(r"\w+\(.*\)( ->.*)?$", first) else text


def _is_home(item: object, module: str) -> bool:
    """Whether `module` is where a reader looks for the item, and not one that only imports it."""
    return inspect.ismodule(item) or getattr(item, "__module__", module) in (module, None)


def _paragraphs(text: str) -> Iterator[str]:
    return (part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
