"""Text that cannot steer a terminal: names, paths and messages come from strangers."""

import re

STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)  # ECMA-48, and what turns text round


def plain(text: str) -> str:
    """On one line; a question mark stands for each sign that could do more than be seen."""
    return STEERING.sub("?", text)


def plain_lines(text: str) -> str:
    return "\n".join(map(plain, text.split("\n")))
