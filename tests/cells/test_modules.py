"""Gene modules: distances, clusters and block means."""

import heapq

import numpy as np

from causeway.cells.lcd.modules import UNCLUSTERED, block_means, gene_distances, gene_modules


def naive_dijkstra(lengths: np.ndarray, start: int) -> np.ndarray:
    best = np.full(len(lengths), np.inf)
    best[start] = 0.0
    queue = [(0.0, start)]
    while queue:
        length, node = heapq.heappop(queue)
        for other, step in enumerate(lengths[node]):
            if other != node and length + step < best[other]:
                best[other] = length + step
                heapq.heappush(queue, (best[other], other))
    return best


def blocks(sizes: list[int], seed: int) -> np.ndarray:
    """Strong random effects within blocks of genes, weak ones between them, shuffled."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(sizes)), sizes)
    strong = np.where(label[:, None] == label, 10.0, 0.05)
    return rng.uniform(0.8, 1.2, strong.shape) * rng.choice([-1, 1], strong.shape) * strong


def test_distances_are_shortest_paths():
    matrix = np.random.default_rng(0).standard_normal((12, 12)) ** 3
    lengths = 1 / (np.abs(matrix) + np.abs(matrix).T + 1e-10)
    expected = np.array([naive_dijkstra(lengths, start) for start in range(12)])
    found = gene_distances(matrix)
    assert np.allclose(found, expected)
    assert np.array_equal(found, found.T)
    assert not found.diagonal().any()
    assert np.allclose(gene_distances(matrix.T), found)


def test_blocks_are_found_and_small_ones_left_out():
    matrix = blocks([8, 6, 3, 7], 1)
    shuffle = np.random.default_rng(2).permutation(24)
    found = gene_modules(matrix[np.ix_(shuffle, shuffle)], height=0.175, smallest=5)
    label = np.repeat([0, 1, 2, 3], [8, 6, 3, 7])[shuffle]
    assert set(found.numbers[label == 2]) == {UNCLUSTERED}
    for block in (0, 1, 3):
        assert len(set(found.numbers[label == block])) == 1
    assert set(found.numbers) == {UNCLUSTERED, 0, 1, 2}
    assert sorted(found.order) == list(range(24))
    # Modules are numbered in the order of the leaves, and lie together there.
    ordered = found.numbers[found.order]
    assert list(dict.fromkeys(ordered[ordered >= 0])) == [0, 1, 2]
    assert (np.diff(ordered) != 0).sum() == 3


def test_everything_is_unclustered_when_effects_are_weak():
    found = gene_modules(np.full((10, 10), 1e-3), height=0.175, smallest=5)
    assert set(found.numbers) == {UNCLUSTERED}


def test_block_means_keep_the_diagonal_and_lone_genes():
    matrix = np.arange(16, dtype=float).reshape(4, 4) - 6
    shown = block_means(matrix, np.array([0, 0, UNCLUSTERED, 1]))
    assert np.array_equal(shown.diagonal(), matrix.diagonal())
    assert np.array_equal(shown[2], matrix[2])
    assert np.array_equal(shown[:, 2], matrix[:, 2])
    assert shown[0, 1] == shown[1, 0] == -np.mean([5, 2])
    assert shown[0, 3] == shown[1, 3] == -np.mean([3, 1])
