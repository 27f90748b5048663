"""`.env.example` lists every setting in its own words, with its default."""

from pathlib import Path

from pydantic.fields import FieldInfo

from store.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def entry(name: str, field: FieldInfo) -> str:
    default = "" if field.default in (None, ()) else field.default
    return f"# {field.description}\n#TRAINSHED_{name.upper()}={default}\n"


def test_every_setting_is_in_the_example_with_its_default() -> None:
    head, *entries = EXAMPLE.read_text().split("\n\n")
    assert head.startswith("#")
    assert "\n\n".join(entries) == "\n".join(entry(*item) for item in Settings.model_fields.items())
