"""Finds pictures that are nearly the same among many, without comparing each with each."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

DISTANCE = 6  # bits that may differ, in rows and in columns; of eight bands two then always agree
# Of thumbnails. Among 20,000 pictures of Fashion-MNIST 2.8 million pairs have rows that are as near, and 246 of them
# correlate so; among 801 photographs and drawings 182 and 3, each of which a person has to look at twice.
CORRELATION = 0.99
CONTRAST = 4.0  # standard deviation of a thumbnail, in 255ths, below which there is nothing to compare
NEIGHBOURS = 1000  # each fingerprint is compared with so many at most that agree in a key
# Near ones of each in a table: of ten thousand frames of one scene each need not be compared with all.
ENOUGH = 32
PAIRS = 2048  # whose thumbnails are compared at once

Pairs = NDArray[np.int64]  # (pairs, 2), the smaller number first


def near_pairs(
    fingerprints: NDArray[np.uint64], thumbnails: NDArray[np.uint8], places: NDArray[np.int64]
) -> Iterator[Pairs]:
    """Pairs of pictures that are nearly the same; `fingerprints` is (N, 2), `thumbnails` (N, 32, 32).

    The thumbnail of number n lies at `places[n]`. A pair is near by its fingerprints and confirmed by the correlation
    of its thumbnails, which brightness and contrast do not change.
    """
    pairs = candidates(fingerprints)
    for start in range(0, len(pairs), PAIRS):
        some = pairs[start : start + PAIRS]
        alike = correlation(*thumbnails[places[some.T]]) >= CORRELATION
        yield some[alike]


def candidates(fingerprints: NDArray[np.uint64]) -> Pairs:
    """Pairs whose fingerprints differ in `DISTANCE` bits at most, each once; those of flat pictures are (0, 0).

    Each pair agrees in two of eight bands of eight bits, so it meets in one of 28 tables whose key they are
    (multi-index hashing, Norouzi et al. 2012). Only where many agree in a key are some pairs passed over.
    """
    known = np.flatnonzero(fingerprints.any(axis=1))
    prints, pairs = fingerprints[known], np.empty(0, np.int64)
    bands = _bands(prints[:, 1])
    for first, second in combinations(range(8), 2):
        keys = bands[:, first] * 256 + bands[:, second]
        order = np.lexsort((prints[:, 0], prints[:, 1], keys))
        pairs = _distinct(np.concatenate([pairs, *_close(keys[order], prints[order], order)]))
    return np.stack([known[pairs // len(known)], known[pairs % len(known)]], axis=1)


def _distinct(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted. np.unique, which hashes them, takes ten times as long for millions."""
    numbers.sort()
    return numbers[np.diff(numbers, prepend=-1) > 0]


def _bands(prints: NDArray[np.uint64]) -> NDArray[np.uint16]:
    """Bits that tell much are dealt to all (N, 8) bands: pictures on one background differ in few others."""
    bits = np.unpackbits(np.ascontiguousarray(prints).view(np.uint8).reshape(-1, 8), axis=1)
    telling = np.argsort(np.abs(bits.mean(axis=0) - 0.5), kind="stable")
    dealt = telling.reshape(8, 8).T.ravel()
    return np.packbits(bits[:, dealt], axis=1).astype(np.uint16)


def _close(
    keys: NDArray[np.uint16], prints: NDArray[np.uint64], order: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Of each pair with equal keys, which are sorted, the numbers in `order` as one: smaller * N + larger."""
    rows, columns = np.ascontiguousarray(prints[:, 0]), np.ascontiguousarray(prints[:, 1])
    last = np.searchsorted(keys, keys, "right") - 1  # with the same key
    active, found = np.arange(len(keys)), np.zeros(len(keys), np.int64)
    for step in range(1, NEIGHBOURS):
        active = active[(active + step <= last[active]) & (found[active] < ENOUGH)]
        if not len(active):
            return
        near = active[np.bitwise_count(columns[active] ^ columns[active + step]) <= DISTANCE]
        near = near[np.bitwise_count(rows[near] ^ rows[near + step]) <= DISTANCE]
        found[near] += 1
        one, other = order[near], order[near + step]
        yield np.minimum(one, other) * len(keys) + np.maximum(one, other)


def correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Pearson's, of each of one with each of the other; 0 where one is flat. From sums of integers: exact."""
    a, b = (each.reshape(len(each), -1).astype(np.int32) for each in (one, other))  # products add up to 2**26
    n, (sum_a, sum_b) = a.shape[1], (each.sum(axis=1, dtype=np.int64) for each in (a, b))
    spread = [n * _products(each, each) - total**2 for each, total in ((a, sum_a), (b, sum_b))]
    together = n * _products(a, b) - sum_a * sum_b
    least = (n * CONTRAST) ** 2
    flat = (spread[0] < least) | (spread[1] < least)
    scale = np.sqrt(spread[0].astype(np.float64)) * np.sqrt(spread[1].astype(np.float64))
    return np.where(flat, 0.0, together / np.maximum(scale, 1.0))


def _products(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int64]:
    products: NDArray[np.int32] = np.einsum("ij,ij->i", one, other)
    return products.astype(np.int64)


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
