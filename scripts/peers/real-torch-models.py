"""Saves small PyTorch models in each way that PyTorch has."""

import sys
from pathlib import Path

import torch
from torch import nn

target = Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
torch.manual_seed(1)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3)
        self.normal = nn.BatchNorm2d(4)
        self.dense = nn.Linear(4, 2)

    def forward(self, x):
        x = torch.relu(self.normal(self.convolution(x)))
        return self.dense(x.mean((2, 3)))


model = Net().eval()
example = torch.ones(1, 1, 8, 8)
optimizer = torch.optim.AdamW(model.parameters())
model(example).sum().backward()
optimizer.step()

torch.save(model.state_dict(), target / "state.pt")
torch.save(model.state_dict(), target / "legacy.pth", _use_new_zipfile_serialization=False)
torch.save(model.bfloat16().state_dict(), target / "half.bin")
model.float()
torch.save(
    {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5},
    target / "checkpoint.ckpt",
)
torch.save(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.LSTM(4, 4)), target / "module.pt")
torch.save(torch.eye(3).to_sparse(), target / "sparse.pt")
torch.jit.trace(model, example).save(str(target / "traced.pt"))
torch.jit.script(model).save(str(target / "scripted.pt"))
torch.export.save(torch.export.export(model, (example,)), target / "exported.pt2")
# The exporter of Dynamo needs onnxscript, which is not part of PyTorch.
torch.onnx.export(model, (example,), str(target / "model.onnx"), dynamo=False)
