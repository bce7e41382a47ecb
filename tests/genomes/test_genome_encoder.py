"""The genome encoder and its pooling."""

import math

import pytest
import torch

from causeway.genomes.phenformer.distances import DistanceBias
from causeway.genomes.phenformer.genome_encoder import GenomeEncoder, Places
from causeway.genomes.phenformer.pooling import Pooling
from causeway.genomes.phenformer.sizes import SIZES, GenomeSize

torch.set_num_threads(1)
PLACES = Places(["1", "1", "2", "2", "2"], [100, 5_000, 10, 2_000_000, 300])
SMALL = GenomeSize(width=16, layers=2, heads=4, seeds=3)


def parameters(module):
    return sum(one.numel() for one in module.parameters())


def encoder(places=PLACES, **changes):
    torch.manual_seed(0)
    model = GenomeEncoder(SMALL.model_copy(update=changes), places, contexts=6, vector=8)
    with torch.no_grad():  # so that nothing is hidden by a small start
        model.gene.normal_()
        model.contig.normal_()
    return model.eval()


def people(n=2):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(n, 5, 8, generator=generator), torch.randn(n, 5, 6, generator=generator)


# The table counts transformer, pooling, gene embedding, seeds and disease heads. Beyond it stand
# what the formulas of tokens and pooling need: the projection of window vectors (d^2), the rFF on
# tokens (d^2 + d), the embeddings of contexts and chromosomes, two normalisations and the bias of
# distances: 8 % of tiny, 4 % of base and 2 % of paper.
@pytest.mark.parametrize(
    ("name", "total"), [("tiny", 0.159e6), ("base", 4.10e6), ("paper", 64.5e6)]
)
def test_genome_encoders_are_as_large_as_the_table_says(name, total):
    size = SIZES[name]
    d, contexts = size.genome.width, size.contexts
    places = Places([str(gene % 24) for gene in range(size.windows)], range(size.windows))
    with torch.device("meta"):
        model = GenomeEncoder(size.genome, places, contexts, size.encoder.width)
    heads = size.diseases * (size.genome.seeds * d + 1)
    beyond = d**2 + (d**2 + d) + (contexts + 24) * d + 4 * d + 2 * size.genome.heads
    assert parameters(model) + heads - beyond == pytest.approx(total, rel=0.004)


@pytest.mark.parametrize("tokens", ["gene", "gene_x_context"])
@pytest.mark.parametrize("distance_bias", [False, True])
def test_the_order_of_genes_does_not_matter(tokens, distance_bias):
    model = encoder(tokens=tokens, distance_bias=distance_bias)
    order = torch.tensor([3, 0, 4, 1, 2])
    moved = Places(
        [PLACES.contigs[i] for i in order.tolist()], [PLACES.tss[i] for i in order.tolist()]
    )
    other = encoder(moved, tokens=tokens, distance_bias=distance_bias)
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        other.gene.copy_(model.gene[order])
        other.contig.copy_(model.contig.flip(0))  # chromosome 2 is met first
    dz, de = people()
    assert torch.allclose(model(dz, de), other(dz[:, order], de[:, order]), atol=1e-6)
    weights = model.attention(dz, de)
    assert torch.allclose(
        weights[..., order], other.attention(dz[:, order], de[:, order]), atol=1e-6
    )
    assert not torch.allclose(model(dz, de), model(dz[:, order], de[:, order]), atol=1e-2)


def test_pooling_is_the_formula():
    torch.manual_seed(0)
    layer, tokens = Pooling(8, 2, 3, 0.0), torch.randn(2, 7, 8)
    y = torch.relu(layer.rows(tokens))
    k, v = layer.key_value(y).chunk(2, dim=-1)
    q, read, mass = layer.query(layer.seeds), torch.zeros(2, 3, 8), torch.zeros(2, 3, 7)
    for head in range(2):
        part = slice(4 * head, 4 * head + 4)
        weights = (q[:, part] @ k[..., part].mT / 2).softmax(-1)
        read[..., part] = weights @ v[..., part]
        mass += weights / 2
    h = layer.attention_norm(layer.seeds + layer.write(read))
    assert torch.allclose(layer(tokens), layer.mlp_norm(h + layer.mlp(h)), atol=1e-6)
    assert torch.allclose(layer.weights(tokens), mass, atol=1e-6)
    assert torch.allclose(mass.sum(-1), torch.ones(2, 3), atol=1e-6)


def test_tokens_are_the_formula():
    dz, de = people(1)
    both = encoder(tokens="gene_x_context")
    own = dz[0, 2] @ both.project.weight.T + both.gene[2] + both.contig[1]
    slow = both.norm(own + both.context[4] + de[0, 2, 4] * both.change)
    assert torch.allclose(both.tokens(dz, de)[0, 4, 2], slow, atol=1e-5)
    alone = encoder()
    own = dz[0, 2] @ alone.project.weight.T + alone.gene[2] + alone.contig[1]
    mixed = sum(de[0, 2, k] * alone.context[k] for k in range(6)) / math.sqrt(6)
    assert torch.allclose(alone.tokens(dz, de)[0, 2], alone.norm(own + mixed), atol=1e-5)


def test_the_bias_falls_with_the_distance():
    chromosome, position = torch.tensor([0, 0, 1]), torch.tensor([0, 999_000, 5])
    bias = DistanceBias(chromosome, position, 2)()
    assert torch.equal(bias, bias.mT)
    assert bias[0, 0, 0] == 0
    assert float(bias[0, 0, 1].detach()) == pytest.approx(-0.5 * math.log(1000), rel=1e-5)
    assert bias[1, 0, 2] < bias[1, 0, 1] < 0


def test_axial_attention_sees_genes_and_contexts():
    model = encoder(tokens="gene_x_context", distance_bias=False)
    dz, de = people(1)
    de.requires_grad_()
    encoded = model.encode(model.tokens(dz, de)).unflatten(1, (6, 5))
    encoded[0, 2, 3].square().sum().backward()
    assert (de.grad[0].abs() > 0).all()  # two blocks reach every gene and context


@pytest.mark.parametrize("tokens", ["gene", "gene_x_context"])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients_are_finite_and_reach_every_weight(tokens, checkpointing):
    model = encoder(tokens=tokens, checkpointing=checkpointing).train()
    model(*people()).sum(-1).square().sum().backward()
    model.zero_grad()
    (model(*people()) * torch.randn(3, 16)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert torch.isfinite(weight.grad).all(), name


def test_one_batch_of_people_is_learned_by_heart():
    torch.manual_seed(0)
    model = encoder(dropout=0.0).train()
    head = torch.nn.Linear(3 * 16, 1)
    inputs, ill = people(8), torch.tensor([0.0, 1] * 4)
    optimizer = torch.optim.AdamW([*model.parameters(), *head.parameters()], lr=1e-2)
    for _ in range(60):
        logit = head(model(*inputs).flatten(1))[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, ill)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.02


def test_people_like_the_reference_are_alike():
    model = encoder()
    zeros = torch.zeros(3, 5, 8), torch.zeros(3, 5, 6)
    found = model(*zeros)
    assert torch.equal(found[0], found[1])
