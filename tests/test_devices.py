"""Which device a prediction takes."""

import torch

from causeway.devices import device_of
from causeway.hardware import Hardware


def test_a_visible_gpu_is_left_alone_unless_asked_for(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    taken = {name: device_of(Hardware(accelerator=name)) for name in ("auto", "cpu", "gpu")}
    assert taken == {"auto": "cuda", "cpu": "cpu", "gpu": "cuda"}


def test_without_a_gpu_the_processor_is_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of(Hardware(accelerator="gpu")) == "cpu"
