"""Finds pictures that are nearly the same among many, without comparing each with each."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

DISTANCE = 6  # bits that may differ, in rows and in columns; 8 bytes then always have 2 in common
CORRELATION = 0.99  # of thumbnails. Chance pairs of hashes have less: see `near_pairs`
CONTRAST = 4.0  # standard deviation of a thumbnail, in 255ths, below which there is nothing to compare
NEIGHBOURS = 2000  # each fingerprint is compared with so many at most that share two bytes
PAIRS = 2048  # whose thumbnails are compared at once

Pairs = NDArray[np.int64]  # (pairs, 2), the smaller number first


def near_pairs(fingerprints: NDArray[np.uint64], thumbnails: NDArray[np.uint8]) -> Iterator[Pairs]:
    """Pairs of pictures that are nearly the same; `fingerprints` is (N, 2), `thumbnails` (N, 32, 32).

    A pair is near by its fingerprints and confirmed by the correlation of its thumbnails, which brightness and contrast
    do not change.
    """
    pairs = candidates(fingerprints)
    for start in range(0, len(pairs), PAIRS):
        some = pairs[start : start + PAIRS]
        alike = correlation(thumbnails[some[:, 0]], thumbnails[some[:, 1]]) >= CORRELATION
        yield some[alike]


def candidates(fingerprints: NDArray[np.uint64]) -> Pairs:
    """Pairs whose fingerprints differ in `DISTANCE` bits at most, each once; those of flat pictures are (0, 0).

    Each pair agrees in two of the eight bytes of its rows, so it meets in one of 28 tables whose key they are
    (multi-index hashing, Norouzi et al. 2012).
    """
    known = np.flatnonzero(fingerprints.any(axis=1))
    prints = fingerprints[known]
    octets = np.ascontiguousarray(prints[:, 0]).view(np.uint8).reshape(-1, 8).astype(np.uint16)
    found = [np.empty(0, np.int64)]
    for first, second in combinations(range(8), 2):
        keys = octets[:, first] * 256 + octets[:, second]
        order = np.lexsort((prints[:, 0], keys))
        found += [np.unique(pairs) for pairs in _close(keys[order], prints[order], order)]
    pairs = np.unique(np.concatenate(found))
    return (
        known[np.stack([pairs // len(known), pairs % len(known)], axis=1)]
        if len(pairs)
        else pairs.reshape(0, 2)
    )


def _close(
    keys: NDArray[np.uint16], prints: NDArray[np.uint64], order: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Of each pair with equal keys, which are sorted, the numbers in `order` as one: smaller * N + larger."""
    rows, columns = np.ascontiguousarray(prints[:, 0]), np.ascontiguousarray(prints[:, 1])
    active = np.arange(len(keys))
    for step in range(1, NEIGHBOURS):
        active = active[active < len(keys) - step]
        active = active[keys[active] == keys[active + step]]
        if not len(active):
            return
        near = active[np.bitwise_count(rows[active] ^ rows[active + step]) <= DISTANCE]
        near = near[np.bitwise_count(columns[near] ^ columns[near + step]) <= DISTANCE]
        one, other = order[near], order[near + step]
        yield np.minimum(one, other) * len(keys) + np.maximum(one, other)


def correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pearson's, of each of one with each of the other; 0 where one is flat. From sums of integers: exact."""
    a, b = (each.reshape(len(each), -1).astype(np.int64) for each in (one, other))
    n = a.shape[1]
    spread = [n * (each * each).sum(axis=1) - each.sum(axis=1) ** 2 for each in (a, b)]
    together = n * (a * b).sum(axis=1) - a.sum(axis=1) * b.sum(axis=1)
    least = (n * CONTRAST) ** 2
    flat = (spread[0] < least) | (spread[1] < least)
    scale = np.sqrt(spread[0].astype(np.float64)) * np.sqrt(spread[1].astype(np.float64))
    return np.where(flat, 0.0, together / np.maximum(scale, 1.0))


def groups(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Numbers below `count` that pairs connect, in groups of two or more; each sorted, all sorted by their first."""
    root = list(range(count))

    def find(member: int) -> int:
        while root[member] != member:
            root[member] = root[root[member]]
            member = root[member]
        return member

    for one, other in pairs:
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for member in range(count):
        members.setdefault(find(member), []).append(member)
    return [group for group in members.values() if len(group) > 1]
