"""Model cards: what they say, and names that would be more than text."""

from typing import Any

import pytest

from app.model_card import markdown

MODEL: dict[str, Any] = {
    "job_id": "job_1",
    "name": "flowers",
    "classes": ["rose", "tulip"],
    "dataset": {"name": "flowers:2", "id": "ds_1", "sha256": "cd"},
    "parameters": 1234,
    "bytes": 4936,
    "sha256": "ab",
    "attempt": 2,
    "step": 2000,
    "preprocessing": {
        "channels": 3,
        "image_size": 64,
        "mean": [0.5, 0.25, 0.125],
        "deviation": [0.5, 0.5, 0.5],
        "fit": {"size": 96, "how": "crop"},
    },
    "calibration": {"temperature": 1.5, "fitted_on": "half of test"},
}
REPORT: dict[str, Any] = {
    "split": "test",
    "images": 15,
    "accuracy": 0.8,
    "loss": 0.3,
    "top_k": {"1": 0.8},
    "classes": [
        {"label": "rose", "images": 10, "recall": 0.9, "precision": 0.9, "f1": 0.9},
        {"label": "tulip", "images": 5, "recall": 0.6, "precision": None, "f1": 0.7},
    ],
    "calibration": {"ece": 0.021, "images": 8, "measured_on": "the other half of test"},
    "confusion_matrix": [[9, 1], [2, 3]],
}


def test_it_says_what_how_good_from_what_and_where_it_fails() -> None:
    told = markdown(MODEL, REPORT)
    for words in (
        "# flowers\n",
        "accuracy 80.0 %",
        "| tulip | 5 | 60.0 % | – | 70.0 % |",
        "- 2 of 5 tulip were called rose.",
        "flowers:2 (id `ds_1`, sha256 `cd`)",
        "64x64, RGB, values divided by 255, less 0.5000, 0.2500, 0.1250, divided by 0.5000, 0.5000, 0.5000",
        "made square first: crop to 96 pixels",
        "calibration error 2.1 %, on 8 images of the other half of test",
        "divided by 1.5000 before the softmax: calibrated on half of test",
        "From job `job_1`, attempt 2, step 2,000",
    ):
        assert words in told
    assert told.index("2 of 5 tulip") < told.index("1 of 10 rose")


def test_without_an_evaluation_it_says_the_rest() -> None:
    told = markdown(MODEL, {})
    assert "How good" not in told
    assert "1,234 parameters" in told


def test_a_model_whose_probabilities_were_never_calibrated_claims_nothing_of_it() -> None:
    told = markdown(MODEL | {"calibration": {"temperature": 1.0, "fitted_on": None}}, {})
    assert "calibrat" not in told


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a|b", r"a\|b"),
        ("<script>", r"\<script\>"),
        ("two\n# lines", r"two \# lines"),
        ("[x](http://y)", r"\[x\](http://y)"),
    ],
)
def test_a_name_is_text_whatever_markdown_would_make_of_it(name: str, plain: str) -> None:
    assert f"# {plain}\n" in markdown(MODEL | {"name": name}, {})
