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


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(16, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)

    def forward(self, tokens):
        return self.layer(self.embed(tokens))


class Upscale(nn.Module):
    def __init__(self):
        super().__init__()
        self.deconvolution = nn.ConvTranspose2d(2, 1, 2, stride=2)

    def forward(self, x):
        return nn.functional.interpolate(self.deconvolution(x), scale_factor=2.0, mode="bilinear")


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 4, batch_first=True, bidirectional=True)

    def forward(self, x):
        return self.gru(x)[0]


class Branch(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: x - 1, (x,))


class Loop(nn.Module):
    def forward(self, x):
        for _ in range(x.shape[0]):
            x = x + 1
        return x


modules = {
    "convolution": (model, example),
    "attention": (Attention().eval(), torch.ones(1, 5, dtype=torch.int64)),
    "upscale": (Upscale().eval(), torch.ones(1, 2, 4, 4)),
    "recurrent": (Recurrent().eval(), torch.ones(1, 5, 3)),
}
for name, (module, x) in modules.items():
    torch.onnx.export(module, (x,), str(target / f"script-{name}.onnx"), dynamo=False)
    torch.onnx.export(module, (x,), str(target / f"dynamo-{name}.onnx"), dynamo=True, external_data=False)
torch.onnx.export(model, (example,), str(target / "dynamo-external.onnx"), dynamo=True, external_data=True)
torch.onnx.export(
    model,
    (example,),
    str(target / "dynamo-dynamic.onnx"),
    dynamo=True,
    external_data=False,
    dynamic_shapes={"x": {0: torch.export.Dim("batch")}},
)
torch.onnx.export(Branch(), (example,), str(target / "dynamo-branch.onnx"), dynamo=True, external_data=False)
torch.onnx.export(
    torch.jit.script(Loop()),
    (torch.ones(3),),
    str(target / "script-loop.onnx"),
    dynamo=False,
    input_names=["x"],
    dynamic_axes={"x": {0: "n"}},
)
