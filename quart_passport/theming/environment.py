"""Jinja environments: one for each theme, and one for each tenant that overrides its files.

A file is looked up in the tenant's `templates/`, then in the theme, then in the default theme.
`theme:` and `default:` before a name reach past the overriding files.
"""

from pathlib import Path

from jinja2 import (
    BytecodeCache,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment

from quart_passport.theming.page import PassportPage
from quart_passport.theming.stylesheet import shorten_css
from quart_passport.theming.theme import Theme

_PAGE = "passport.html"
_CSS = "passport.css"


class _Compiled(BytecodeCache):
    """What this process has compiled: at start an app is built once to try it and once to serve.

    Which filters and tests there are is part of the key, because compiling checks it.
    """

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get(_key(bucket)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[_key(bucket)] = bucket.bytecode_to_string()


def _key(bucket: Bucket) -> tuple[object, ...]:
    environment = bucket.environment
    known = frozenset(environment.filters), frozenset(environment.tests)
    return bucket.key, bucket.checksum, type(environment), *known


_compiled = _Compiled()


def build_environment(theme: Theme, *, default: Theme, tenant: Path | None) -> Environment:
    """An environment that finds a theme's files, and a tenant's first if it has some."""
    own, standard = FileSystemLoader(theme.templates), FileSystemLoader(default.templates)
    prefixed = PrefixLoader({"theme": own, "default": standard}, delimiter=":")
    overrides = [FileSystemLoader(tenant / "templates")] if tenant else []
    # A tenant's files are data beside the installation, not code that somebody installed.
    kind = SandboxedEnvironment if tenant else Environment
    environment = kind(
        loader=ChoiceLoader([*overrides, own, standard, prefixed]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # A page is served from what was there at the start.
        auto_reload=False,
        bytecode_cache=_compiled,
    )
    environment.globals.clear()
    # What is safe to print is decided before a template sees it.
    del environment.filters["safe"]
    return environment


class ThemeTemplates:
    """The templates of one environment, and its stylesheet."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.css = shorten_css(_source(environment, _CSS)[0])

    def compile(self) -> None:
        """Compile every file now, so that a mistake shows at start."""
        compiled: set[str | None] = set()
        # A file has several names, of which the first is the one that is asked for.
        for name in (_PAGE, *self._environment.list_templates(extensions=["html"])):
            file = _source(self._environment, name)[1]
            if file not in compiled:
                self._environment.get_template(name)
                compiled.add(file)

    def render(self, name: str, page: PassportPage) -> str:
        """Render a template with the three names that templates know."""
        template = self._environment.get_template(name)
        return template.render(page=page, t=page.t, url=page.url)


def _source(environment: Environment, name: str) -> tuple[str, str | None]:
    """The text of a file, and where it lies."""
    loader = environment.loader
    if loader is None:
        raise ValueError("the environment has no loader")
    text, file, _ = loader.get_source(environment, name)
    return text, file
