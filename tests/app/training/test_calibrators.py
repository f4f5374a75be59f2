"""Calibrators: what was distorted comes back, the choice is made on blocks unseen, in doubt an affine one."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from qt_app.errors import DataError
from qt_app.training import calibration
from qt_app.training.calibration import Predicted, choose, dirichlet, identity, isotonic, temperature
from qt_app.training.softmax import softmax


def drawn(true: np.ndarray, said: np.ndarray, seed: int) -> Predicted:
    """Labels drawn from the true probabilities, beside what a model said."""
    cuts = np.random.default_rng(seed).random(len(true))[:, None]
    return Predicted(said, (cuts > true.cumsum(axis=1)).sum(axis=1), np.ones(len(true)))


def true(seed: int, rows: int = 4000) -> np.ndarray:
    return softmax(np.random.default_rng([seed, 1]).normal(size=(rows, 3)))


def test_temperature_finds_the_temperature() -> None:
    p = true(0, 20_000)
    found = temperature(drawn(p, softmax(np.log(p) * 2.5), 0))
    assert np.diag(found.weights) == pytest.approx([1 / 2.5] * 3, rel=0.05)


def test_temperature_leaves_a_model_that_knows_nothing_at_the_class_shares() -> None:
    shares = np.array([0.2, 0.6, 0.2])
    seen = drawn(np.tile(shares, (20_000, 1)), true(7, 20_000), 7)
    assert np.abs(temperature(seen).apply(seen.p) - shares).mean() < 0.02


def test_dirichlet_undoes_an_affine_distortion() -> None:
    p = true(1, 20_000)
    said = softmax(np.log(p) @ np.diag([1.8, 0.7, 1.2]) + [0.5, -0.3, 0.0])
    assert np.abs(dirichlet(drawn(p, said, 1)).apply(said) - p).mean() < 0.02


def test_isotonic_undoes_a_bent_distortion() -> None:
    p = true(2, 20_000)
    bent = p ** 3 + 0.05
    said = bent / bent.sum(axis=1, keepdims=True)
    seen = drawn(p, said, 2)
    assert seen.log_loss(isotonic(seen).apply(said)) < seen.log_loss(said) - 0.005


def test_nothing_is_changed_when_nothing_is_wrong() -> None:
    p = true(3, 20_000)
    for fitter in (temperature, dirichlet):
        assert np.abs(fitter(drawn(p, p, 3)).apply(p) - p).mean() < 0.01
    assert np.allclose(identity().apply(p), p)


@pytest.mark.lengthy
def test_the_choice_falls_on_an_affine_one_in_doubt() -> None:
    blocks = [drawn(true(seed), true(seed), seed) for seed in range(4)]
    assert choose(blocks).method in ("none", "temperature", "dirichlet")


@pytest.mark.lengthy
def test_the_choice_repairs_overconfidence() -> None:
    blocks = [drawn(true(seed), softmax(np.log(true(seed)) * 3.0), seed) for seed in range(3)]
    chosen = choose(blocks)
    assert chosen.method in ("temperature", "dirichlet")
    assert all(block.log_loss(chosen.apply(block.p)) < block.log_loss(block.p) for block in blocks)


@pytest.mark.lengthy
def test_the_choice_takes_isotonic_where_no_affine_one_fits() -> None:
    def said(p: np.ndarray) -> np.ndarray:
        stairs = np.where(p < 0.2, 0.35, np.where(p < 0.6, 0.3, 0.32)) + 0.01 * p
        return stairs / stairs.sum(axis=1, keepdims=True)
    blocks = [drawn(true(seed), said(true(seed)), seed) for seed in range(3)]
    losses = [calibration.Affine("none", np.eye(3), np.zeros(3)).apply(block.p) for block in blocks]
    chosen = choose(blocks)
    assert all(b.log_loss(chosen.apply(b.p)) < b.log_loss(p) for b, p in zip(blocks, losses, strict=True))


def test_one_block_leaves_nothing_to_choose_by() -> None:
    assert choose([drawn(true(0), true(0), 0)]).method == "none"


@pytest.mark.parametrize("fitter", [identity, temperature, dirichlet, isotonic])
def test_a_calibrator_says_distributions_and_comes_back(fitter: calibration.Fitter, tmp_path: Path) -> None:
    p = true(5)
    edge = np.concatenate([p, np.eye(3), [[0.5, 0.5, 0.0]]])
    fitted = fitter(drawn(p, softmax(np.log(p) * 2), 5))
    said = fitted.apply(edge)
    assert np.allclose(said.sum(axis=1), 1.0)
    assert said.min() >= 0.0
    calibration.save(tmp_path, fitted)
    back = calibration.load(tmp_path)
    assert back.method == fitted.method
    assert np.array_equal(back.apply(edge), said)


@pytest.mark.parametrize("fitter", [temperature, dirichlet, isotonic])
def test_a_float32_input_moves_the_answer_by_little(fitter: calibration.Fitter) -> None:
    p = true(6)
    fitted = fitter(drawn(p, softmax(np.log(p) * 2), 6))
    said, rounded = (fitted.apply(q) for q in (p, p.astype(np.float32).astype(np.float64)))
    assert np.abs(said - rounded).max() < 5e-6


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "calibrator.json").write_text('{"kind": "affine"}')
    with pytest.raises(DataError, match=r"calibrator\.json"):
        calibration.load(tmp_path)
