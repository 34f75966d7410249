"""Reference values for src/evaluation, by scikit-learn and SciPy. Run by statistics.sh."""

import json
import math
import sys
import warnings

import numpy as np
from scipy import optimize, stats
from sklearn import metrics

warnings.filterwarnings("ignore")
random = np.random.default_rng(2026)


def plain(value):
    """JSON without NaN: null where a metric is not defined."""
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    value = float(value)
    return None if math.isnan(value) else value


def distributions(rows, classes):
    """Rows of 64ths that sum to exactly 1: full of ties, and exact in binary."""
    return random.multinomial(64, random.dirichlet(np.ones(classes)), rows) / 64


def expected_calibration_error(labels, probabilities, bins=15):
    """Guo et al. 2017: bins (0, 1/15], (1/15, 2/15] ... of the highest probability."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.clip(np.ceil(confidence * bins) - 1, 0, bins - 1)
    return sum(
        np.mean(bin_of == b) * abs(right[bin_of == b].mean() - confidence[bin_of == b].mean())
        for b in range(bins)
        if np.any(bin_of == b)
    )


def classification(name, labels, probabilities):
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    everything = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=everything, zero_division=np.nan
    )
    present = len(set(labels.tolist())) == classes
    roc = average_precision = math.nan
    if classes == 2:
        if present:
            roc = metrics.roc_auc_score(labels, probabilities[:, 1])
        if 1 in labels:
            average_precision = metrics.average_precision_score(labels, probabilities[:, 1])
    elif present:
        roc = metrics.roc_auc_score(labels, probabilities, multi_class="ovr")
        average_precision = metrics.average_precision_score(labels, probabilities)
    brier = (
        metrics.brier_score_loss(labels, probabilities[:, 1], pos_label=1)
        if classes == 2
        else metrics.brier_score_loss(labels, probabilities, labels=everything)
    )
    return {
        "name": name,
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "perClass": {
            "precision": plain(precision),
            "recall": plain(recall),
            "f1": plain(f1),
            "support": plain(support),
        },
        "confusion": metrics.confusion_matrix(labels, predicted, labels=everything).tolist(),
        "metrics": {
            "accuracy": plain(metrics.accuracy_score(labels, predicted)),
            "balanced-accuracy": plain(metrics.balanced_accuracy_score(labels, predicted)),
            "macro-f1": plain(metrics.f1_score(labels, predicted, average="macro")),
            "matthews": plain(metrics.matthews_corrcoef(labels, predicted)),
            "log-loss": plain(metrics.log_loss(labels, probabilities, labels=everything)),
            "brier": plain(brier),
            "roc-auc": plain(roc),
            "pr-auc": plain(average_precision),
            **{
                f"top-{k}-accuracy": plain(
                    metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=everything)
                    if classes > k
                    else math.nan
                )
                for k in (3, 5, 10)
            },
            **{
                score.__name__.removesuffix("_score"): plain(
                    score(labels, predicted, average="binary") if classes == 2 else math.nan
                )
                for score in (metrics.precision_score, metrics.recall_score, metrics.f1_score)
            },
            "macro-precision": plain(metrics.precision_score(labels, predicted, average="macro")),
            "macro-recall": plain(metrics.recall_score(labels, predicted, average="macro")),
            "weighted-precision": plain(
                metrics.precision_score(labels, predicted, average="weighted")
            ),
            "weighted-recall": plain(metrics.recall_score(labels, predicted, average="weighted")),
            "weighted-f1": plain(metrics.f1_score(labels, predicted, average="weighted")),
            "micro-f1": plain(metrics.f1_score(labels, predicted, average="micro")),
            "calibration-error": plain(expected_calibration_error(labels, probabilities)),
        },
    }


def classification_cases():
    for classes in (2, 3, 8, 12):
        for rows in (1, 7, 24):
            labels = random.integers(0, classes, rows)
            yield classification(f"{classes} classes, {rows} rows", labels, distributions(rows, classes))
        labels = np.full(9, classes - 1)
        yield classification(f"{classes} classes, one label", labels, distributions(9, classes))
        sure = np.eye(classes)[random.integers(0, classes, 12)]
        labels = np.arange(12) % classes
        yield classification(f"{classes} classes, sure of everything", labels, sure)
        same = np.tile(distributions(1, classes), (10, 1))
        yield classification(f"{classes} classes, all alike", np.arange(10) % classes, same)


def multilabel(name, labels, probabilities):
    predicted = (probabilities > 0.5).astype(int)
    several = {
        f"{average}-{figure}": plain(score(labels, predicted, average=average))
        for average in ("micro", "macro", "weighted")
        for figure, score in (
            ("precision", metrics.precision_score),
            ("recall", metrics.recall_score),
            ("f1", metrics.f1_score),
        )
    }
    both = np.all((labels.sum(axis=0) > 0) & (labels.sum(axis=0) < len(labels)))
    there = np.all(labels.sum(axis=0) > 0)
    return {
        "name": name,
        "labels": labels.tolist(),
        "probabilities": probabilities.tolist(),
        "metrics": {
            **several,
            "samples-f1": plain(metrics.f1_score(labels, predicted, average="samples")),
            "subset-accuracy": plain(metrics.accuracy_score(labels, predicted)),
            "hamming-loss": plain(metrics.hamming_loss(labels, predicted)),
            "ranking-precision": plain(
                metrics.label_ranking_average_precision_score(labels, probabilities)
            ),
            "roc-auc": plain(metrics.roc_auc_score(labels, probabilities) if both else math.nan),
            "pr-auc": plain(
                metrics.average_precision_score(labels, probabilities) if there else math.nan
            ),
        },
    }


def multilabel_cases():
    for classes in (2, 4, 7):
        for rows in (1, 6, 25):
            labels = random.integers(0, 2, (rows, classes))
            scores = random.integers(0, 9, (rows, classes)) / 8
            yield multilabel(f"{classes} classes, {rows} rows", labels, scores)
        scores = random.integers(0, 9, (8, classes)) / 8
        nothing = np.zeros((8, classes), int)
        yield multilabel(f"{classes} classes, none given", nothing, scores)
        yield multilabel(f"{classes} classes, none predicted", 1 - nothing, scores / 4)


def regression(name, truth, predicted):
    return {
        "name": name,
        "truth": truth.tolist(),
        "predicted": predicted.tolist(),
        "metrics": {
            "rmse": plain(metrics.root_mean_squared_error(truth, predicted)),
            "mae": plain(metrics.mean_absolute_error(truth, predicted)),
            "r2": plain(metrics.r2_score(truth, predicted)),
            "mape": plain(metrics.mean_absolute_percentage_error(truth, predicted)),
        },
    }


def regression_cases():
    for rows in (2, 5, 20):
        truth = np.round(random.normal(size=rows) * 10, 3)
        yield regression(f"{rows} rows", truth, np.round(truth + random.normal(size=rows), 3))
    yield regression("exact", np.array([1.0, 2, 3]), np.array([1.0, 2, 3]))
    yield regression("constant truth", np.full(4, 2.0), np.array([1.0, 2, 3, 4]))
    yield regression("constant truth, met", np.full(4, 2.0), np.full(4, 2.0))
    yield regression("zeros in the truth", np.array([0.0, 1, 0, 2]), np.array([0.5, 1, 0, 3]))
    truth = np.round(random.normal(size=(9, 3)), 3)
    yield regression("three numbers each", truth, np.round(truth + random.normal(size=(9, 3)), 3))


def score_interval(broken, fixed, total, confidence):
    """Tango 1998, by root finding on the score statistic with the constrained estimate."""
    z = stats.norm.ppf(confidence)

    def statistic(delta):
        # The likelihood of (b, c, rest) with p21 free and p12 = p21 + delta, maximised in closed form.
        a = 2 * total
        b = -broken - fixed + (2 * total - broken + fixed) * delta
        c = -fixed * delta * (1 - delta)
        q = (math.sqrt(max(b * b - 4 * a * c, 0)) - b) / (2 * a)
        variance = total * (2 * q + delta * (1 - delta))
        difference = broken - fixed - total * delta
        if variance <= 0:
            return math.copysign(math.inf, difference) if difference else 0.0
        return difference / math.sqrt(variance)

    estimate = (broken - fixed) / total
    edge = 1 - 1e-12
    low = -1.0 if statistic(-edge) < z else optimize.brentq(lambda d: statistic(d) - z, -edge, estimate, xtol=1e-14)
    high = 1.0 if statistic(edge) > -z else optimize.brentq(lambda d: statistic(d) + z, estimate, edge, xtol=1e-14)
    return [low, high]


def pairs():
    cells = [(0, 0, 10), (0, 0, 2000), (3, 0, 40), (0, 5, 40), (12, 9, 100), (191, 32, 2000), (40, 40, 41_000)]
    for broken, fixed, total in cells:
        yield {
            "broken": broken,
            "fixed": fixed,
            "total": total,
            "mcnemar": stats.binomtest(broken, broken + fixed).pvalue if broken + fixed else 1.0,
            "tango95": score_interval(broken, fixed, total, 0.95),
        }


def bootstrap():
    values = np.round(random.normal(0.3, 1, 60), 3)
    result = stats.bootstrap(
        (values,), np.mean, confidence_level=0.9, n_resamples=200_000, method="percentile", rng=1
    ).confidence_interval
    return {"values": values.tolist(), "low": result.low, "high": result.high}


def permutations():
    """Paired permutation tests of metrics that no example has by itself, and of one that it has."""
    cases = [
        ("rmse", "regression", lambda truth, given: metrics.root_mean_squared_error(truth, given)),
        ("r2", "regression", metrics.r2_score),
        ("mae", "regression", metrics.mean_absolute_error),
        ("roc-auc", "classification", metrics.roc_auc_score),
    ]
    for metric, task, score in cases:
        # SciPy tries every exchange of 8 pairs, and draws some of 40.
        for rows in (8, 40):
            if task == "regression":
                truth = np.round(random.normal(size=rows) * 3, 2)
                ours = np.round(truth + random.normal(size=rows), 2)
                theirs = np.round(truth + random.normal(size=rows) * 1.6, 2)
            else:
                truth = np.arange(rows) % 2
                ours = np.clip(np.round(random.normal(0.25 + 0.5 * truth, 0.3) * 64) / 64, 0, 1)
                theirs = np.clip(np.round(random.normal(0.4 + 0.2 * truth, 0.3) * 64) / 64, 0, 1)

            def difference(a, b, truth=truth, score=score):
                return score(truth, a) - score(truth, b)

            found = stats.permutation_test(
                (ours, theirs),
                difference,
                permutation_type="samples",
                n_resamples=300 if rows == 8 else 20_000,
                vectorized=False,
                rng=1,
            )
            yield {
                "metric": metric,
                "task": task,
                "exact": rows == 8,
                "truth": truth.tolist(),
                "ours": ours.tolist(),
                "theirs": theirs.tolist(),
                "chance": float(found.pvalue),
            }


shares = [1e-300, 1e-12, 0.001, 0.025, 0.05, 0.25, 0.5, 0.61, 0.95, 0.999, 1 - 1e-12]
sample = np.round(random.normal(size=13), 3)
reference = {
    "classification": list(classification_cases()),
    "multilabel": list(multilabel_cases()),
    "regression": list(regression_cases()),
    "pairs": list(pairs()),
    "bootstrap": bootstrap(),
    "tails": [[z, stats.norm.sf(z)] for z in (-9, -3, -0.5, 0, 1e-3, 0.7, 2, 3.9, 4.1, 8, 20)],
    "discoveries": [
        {"chances": p.tolist(), "adjusted": stats.false_discovery_control(p).tolist()}
        for p in (random.random(1), random.random(9) ** 4, np.array([0.01, 0.01, 0.5, 0.5, 1]))
    ],
    "normal": [[share, stats.norm.ppf(share)] for share in shares],
    "quantiles": {
        "values": sample.tolist(),
        "shares": [0, 0.05, 0.33, 0.5, 0.95, 1],
        "expected": np.quantile(sample, [0, 0.05, 0.33, 0.5, 0.95, 1]).tolist(),
    },
}
# Behind the others, so that their random numbers stay what they were.
reference["permutations"] = list(permutations())
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(reference, file, allow_nan=False)
    file.write("\n")
