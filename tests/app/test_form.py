"""Forms with pictures, in whatever pieces they come."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Unprocessable
from app.form import Fields, Pictures, read_pictures
from tests.app.conftest import Api

PICTURE = b"\xff\xd8 a picture\r\n--x is no boundary of it\r\n"
FORM = b"".join(
    b'--xyz\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % part
    for part in (
        (b"top_k", b"3"),
        (b'image"; filename="a.jpg', PICTURE),
        (b'image"; filename="a.jpg', b""),
        (b'other"; filename="b.jpg', b"passed over"),
        (b"class", "Schuhgröße".encode()),
        (b'image"; filename="', b"second"),
    )
)
END = b"--xyz--\r\n"


def read(*pieces: bytes) -> tuple[Fields, list[tuple[str, bytes]]]:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return asyncio.run(read_pictures(chunks(), b"xyz"))


@given(st.lists(st.integers(0, len(FORM + END)), max_size=9))
def test_pictures_are_the_same_however_their_form_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(FORM + END)]
    fields, images = read(*((FORM + END)[a:b] for a, b in itertools.pairwise(places)))
    assert fields == {"top_k": "3", "class": "Schuhgröße"}
    assert images == [("a.jpg", PICTURE), ("a.jpg", b""), ("", b"second")]


@pytest.mark.parametrize(
    ("content", "boundary"),
    [
        (FORM, "; boundary=xyz"),
        (FORM + END, ""),
        (FORM + END, "; boundary=abc"),
        (FORM + END, f"; boundary={'x' * 71}"),
        (b"", "; boundary=xyz"),
        (END, "; boundary=xyz"),
        (FORM * 86 + END, "; boundary=xyz"),
        (FORM.replace(b"top_k", b"x" * 20_000) + END, "; boundary=xyz"),
        (FORM.replace(b"3", b"3" * 5000) + END, "; boundary=xyz"),
        (FORM.replace(b'; filename="a.jpg"', b"").replace(b'; filename=""', b"") + END, "; boundary=xyz"),
    ],
    ids=[
        "cut short",
        "no boundary",
        "another boundary",
        "too long a boundary",
        "empty",
        "no part",
        "too many files",
        "too long a header",
        "too long a field",
        "a picture as text",
    ],
)
def test_a_form_that_holds_no_pictures_is_refused_by_the_field(
    api: Api, content: bytes, boundary: str
) -> None:
    headers = {"content-type": f"multipart/form-data{boundary}"}
    answer = api.http.post("/predict?model=any", content=content, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), (
        answer.text
    )
    assert answer.json()["errors"][0]["pointer"] == "/image"


def test_one_picture_too_many_is_told_as_such() -> None:
    part = b'--xyz\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nx\r\n'
    _, images = read(part * Pictures.MOST + END)
    assert len(images) == Pictures.MOST
    with pytest.raises(Unprocessable) as refused:
        read(part * (Pictures.MOST + 1) + END)
    assert [(each.pointer, each.code) for each in refused.value.refusals] == [("/image", "too_many")]
