"""Pages that need no other file and no network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup


def write(page: Path, template: Path, style: Path, content: Mapping[str, Any]) -> None:
    """Fill a template and put the style sheet into it.

    Parameters
    ----------
    page
        HTML file to write.
    template
        Jinja2 template, which names ``style`` within its own.
    style
        Style sheet.
    content
        What else the template names.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    filled = environment.from_string(template.read_text(encoding="utf-8")).render(
        content, style=Markup(style.read_text(encoding="utf-8").rstrip())
    )
    page.write_text(filled, encoding="utf-8")
