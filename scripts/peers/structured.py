"""Reference values for tasks with structured answers, by pycocotools, seqeval, scikit-learn."""

import contextlib
import io
import json
import math
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from seqeval import metrics as entities
from sklearn import metrics

random = np.random.default_rng(7)
NAMES = [
    "map", "map-50", "map-75", "map-small", "map-medium", "map-large",
    "mar-1", "mar-10", "mar-100", "mar-small", "mar-medium", "mar-large",
]  # fmt: skip


def coco_metrics(truths, found):
    """All twelve figures of COCOeval.summarize; null where pycocotools says -1."""
    classes = sorted({box["class"] for image in truths + found for box in image})
    images = [{"id": index + 1} for index in range(len(truths))]
    annotations, results = [], []
    for index, image in enumerate(truths):
        for box in image:
            annotations.append({
                "id": len(annotations) + 1,
                "image_id": index + 1,
                "category_id": classes.index(box["class"]) + 1,
                "bbox": box["box"],
                "area": box.get("area", box["box"][2] * box["box"][3]),
                "iscrowd": int(box.get("crowd", False)),
            })  # fmt: skip
    for index, image in enumerate(found):
        for box in image:
            results.append({
                "image_id": index + 1,
                "category_id": classes.index(box["class"]) + 1,
                "bbox": box["box"],
                "score": box["score"],
            })  # fmt: skip
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "info": {},
            "images": images,
            "annotations": annotations,
            "categories": [{"id": index + 1, "name": name} for index, name in enumerate(classes)],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return {
        name: None if value == -1 else float(value)
        for name, value in zip(NAMES, evaluation.stats)
    }


def random_box(size):
    width, height = random.integers(4, size, 2)
    left, top = random.integers(0, 300, 2)
    return [int(left), int(top), int(width), int(height)]


def detection(name, images, classes, size, crowds=0.0):
    truths, found = [], []
    for _ in range(images):
        boxes = []
        for _ in range(random.integers(0, 6)):
            box = {"class": str(random.integers(0, classes)), "box": random_box(size)}
            if random.random() < crowds:
                box["crowd"] = True
            if random.random() < 0.3:
                box["area"] = int(box["box"][2] * box["box"][3] * 0.7)
            boxes.append(box)
        guesses = []
        for box in boxes:
            for _ in range(random.integers(0, 3)):
                shift = random.integers(-4, 5, 4)
                near = [max(1, int(a + b)) for a, b in zip(box["box"], shift)]
                guesses.append({"class": box["class"], "box": near, "score": int(random.integers(1, 9)) / 8})
        for _ in range(random.integers(0, 3)):
            guesses.append({"class": str(random.integers(0, classes)), "box": random_box(size), "score": int(random.integers(1, 9)) / 8})
        truths.append(boxes)
        found.append(guesses)
    if not any(found):
        found[0].append({"class": "0", "box": [0, 0, 10, 10], "score": 0.5})
    return {"name": name, "labels": truths, "answers": found, "metrics": coco_metrics(truths, found)}


def detection_cases():
    yield detection("one class", 6, 1, 120)
    yield detection("four classes, small boxes", 12, 4, 40)
    yield detection("three classes, large boxes", 12, 3, 300)
    yield detection("crowds", 12, 2, 200, crowds=0.4)
    truths = [[{"class": "0", "box": [10, 10, 50, 50]}]]
    exact = [[{"class": "0", "box": [10, 10, 50, 50], "score": 1}]]
    yield {"name": "exact", "labels": truths, "answers": exact, "metrics": coco_metrics(truths, exact)}
    wrong = [[{"class": "1", "box": [10, 10, 50, 50], "score": 1}]]
    yield {"name": "another class", "labels": truths, "answers": wrong, "metrics": coco_metrics(truths, wrong)}


def tags(name, truth, predicted):
    return {
        "name": name,
        "labels": truth,
        "answers": predicted,
        "metrics": {
            "entity-f1": float(entities.f1_score(truth, predicted, zero_division=0)),
            "entity-precision": float(entities.precision_score(truth, predicted, zero_division=0)),
            "entity-recall": float(entities.recall_score(truth, predicted, zero_division=0)),
            "token-accuracy": float(entities.accuracy_score(truth, predicted)),
        },
    }


def tag_cases():
    kinds = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "E-LOC", "S-PER"]
    for rows in (1, 5, 20):
        truth = [[str(random.choice(kinds)) for _ in range(random.integers(1, 9))] for _ in range(rows)]
        predicted = [[tag if random.random() < 0.7 else str(random.choice(kinds)) for tag in row] for row in truth]
        yield tags(f"{rows} sentences", truth, predicted)
    yield tags("nothing to find", [["O", "O"]], [["O", "B-PER"]])
    yield tags("nothing found", [["B-PER", "I-PER"]], [["O", "O"]])


def ranking_cases():
    for documents in (3, 12, 40):
        labels, answers, ndcgs, recalls, reciprocal = [], [], [], {1: [], 5: [], 10: []}, []
        for _ in range(8):
            grades = random.integers(0, 4, documents) * (random.random(documents) < 0.4)
            grades[random.integers(documents)] = 1
            scores = random.permutation(documents).astype(float)
            order = np.argsort(-scores)
            ndcgs.append(metrics.ndcg_score([grades], [scores], k=10))
            for k, values in recalls.items():
                values.append(np.sum(grades[order[:k]] > 0) / np.sum(grades > 0))
            reciprocal.append(1 / (1 + np.argmax(grades[order] > 0)))
            labels.append({f"d{i}": int(g) for i, g in enumerate(grades)})
            answers.append([f"d{i}" for i in order])
        yield {
            "name": f"{documents} documents",
            "labels": labels,
            "answers": answers,
            "metrics": {
                **{f"recall-at-{k}": float(np.mean(values)) for k, values in recalls.items()},
                "mrr": float(np.mean(reciprocal)),
                "ndcg-at-10": float(np.mean(ndcgs)),
            },
        }


def embedding_cases():
    for rows, width in ((6, 2), (30, 8)):
        labels = np.arange(rows) % 3
        vectors = np.round(random.normal(size=(rows, width)) + labels[:, None], 3)
        near = metrics.pairwise.cosine_similarity(vectors)
        ndcgs, recalls, reciprocal = [], {1: [], 5: [], 10: []}, []
        for query in range(rows):
            others = np.delete(np.arange(rows), query)
            relevant = (labels[others] == labels[query]).astype(int)
            order = np.argsort(-near[query, others], kind="stable")
            ndcgs.append(metrics.ndcg_score([relevant], [near[query, others]], k=10))
            for k, values in recalls.items():
                values.append(relevant[order[:k]].sum() / relevant.sum())
            reciprocal.append(1 / (1 + np.argmax(relevant[order])))
        yield {
            "name": f"{rows} vectors",
            "labels": labels.tolist(),
            "answers": vectors.tolist(),
            "metrics": {
                **{f"recall-at-{k}": float(np.mean(values)) for k, values in recalls.items()},
                "mrr": float(np.mean(reciprocal)),
                "ndcg-at-10": float(np.mean(ndcgs)),
            },
        }


def perplexity_cases():
    for texts, tokens, vocabulary in ((1, 4, 5), (6, 9, 11)):
        logits = np.round(random.normal(size=(texts, tokens, vocabulary)) * 3, 3)
        labels = random.integers(0, vocabulary, (texts, tokens))
        labels[:, tokens - 2 :] = np.where(random.random((texts, 2)) < 0.5, -100, labels[:, tokens - 2 :])
        truth, scores = labels[:, 1:].ravel(), logits[:, :-1].reshape(-1, vocabulary)
        kept = truth >= 0
        truth, scores = truth[kept], scores[kept]
        probabilities = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        loss = metrics.log_loss(truth, probabilities, labels=list(range(vocabulary)))
        yield {
            "name": f"{texts} texts",
            "labels": labels.tolist(),
            "logits": logits.tolist(),
            "metrics": {
                "perplexity": math.exp(loss),
                "token-accuracy": float(metrics.accuracy_score(truth, scores.argmax(axis=1))),
            },
        }


reference = {
    "object-detection": list(detection_cases()),
    "token-classification": list(tag_cases()),
    "retrieval": list(ranking_cases()),
    "embeddings": list(embedding_cases()),
    "language-model": list(perplexity_cases()),
}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(reference, file, allow_nan=False)
    file.write("\n")
