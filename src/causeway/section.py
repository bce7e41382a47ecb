"""The base of every configuration model."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen block of configuration that refuses unknown keys.

    Defaults are the published values; each field's description names their source.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True
    )
