import pytest
import torch
from trunk_inputs import SMALL, chains, shaken

from causeway.errors import InputError
from causeway.proteins.rigidssl.network import RigidTrunk
from causeway.proteins.rigidssl.released import load_released


@pytest.mark.parametrize("wrapper", ["bare", "model", "parallel"])
def test_loads_released(tmp_path, wrapper):
    source, target = shaken(RigidTrunk(SMALL, "global")), RigidTrunk(SMALL, "global").double()
    state = source.state_dict()
    content = {
        "bare": state,
        "model": {"model": state, "optimizer": {}, "epoch": 3},
        "parallel": {"model": {f"module.{name}": t for name, t in state.items()}},
    }[wrapper]
    torch.save(content, tmp_path / "model.pth")
    load_released(target, tmp_path / "model.pth")
    inputs = chains([7])
    for ours, reference in zip(target(*inputs), source(*inputs), strict=True):
        torch.testing.assert_close(ours, reference)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a readable checkpoint"),
        (b"garbage" * 40, "not a readable checkpoint"),
        (None, "no such file"),
        ([1, 2], "no table of parameters"),
        ({"model": {}}, "parameters are missing"),
        ("local", "has shape"),
        ("deeper", "are unknown"),
    ],
)
def test_refuses_other_files(tmp_path, content, complaint):
    path = tmp_path / "model.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "local":
        torch.save(RigidTrunk(SMALL, "local").state_dict(), path)
    elif content == "deeper":
        deeper = SMALL.model_copy(update={"blocks": 4})
        torch.save(RigidTrunk(deeper, "global").state_dict(), path)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(InputError, match=complaint) as caught:
        load_released(RigidTrunk(SMALL, "global"), path)
    assert str(path) in str(caught.value)
