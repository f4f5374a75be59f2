"""The words of a training's report."""
from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "pt_BR": {
        "title": "Treino", "run": "modelo", "trial": "tentativa", "data": "dados", "code": "código",
        "synthetic": "SINTÉTICO", "figures": "Acertos fora da amostra", "figure": "medida", "model": "modelo",
        "logistic": "regressão logística", "constant": "só as frequências das classes",
        "log_loss": "log-loss (nats)", "brier": "Brier", "accuracy": "acurácia", "net": "resultado (R$ por contrato)",
        "sharpe": "Sharpe por pregão",
        "figures_note": "Cada número vem de pregões que o modelo não viu; ao lado, o que se teria de graça.",
        "better": "Fora da amostra prevê melhor que as frequências das classes", "worse": "Fora da amostra não prevê "
        "melhor que as frequências das classes", "pays": "e ganha depois dos custos", "loses": "e não ganha depois dos "
        "custos", "final_word": "Se há vantagem, decide `qt validate`.",
        "reliability": "Confiabilidade", "said": "probabilidade prevista", "came": "frequência observada",
        "sell": "venda", "hold": "espera", "buy": "compra", "perfect": "ideal",
        "reliability_caption": "Faixas de igual número de linhas; sobre a diagonal, o previsto acontece tanto quanto "
        "se diz.",
        "folds": "Divisões", "fold": "divisão", "train": "treino", "test": "teste", "rows": "linhas",
        "calibrator": "calibração", "rounds": "rodadas", "threshold": "limiar", "trades": "operações",
        "hit_rate": "acerto", "never": "nunca",
        "equity": "Resultado acumulado depois dos custos", "session": "pregão",
        "equity_caption": "Decisões fora da amostra, uma posição por vez, um contrato, limiar de cada divisão; custo "
        "de ida e volta",
        "importance": "Importância por família", "family": "família", "members": "entradas", "share": "parte",
        "importance_caption": "Entradas cujos postos andam juntos contam como uma só família.",
        "classes": "Classes", "class": "classe", "true": "nos rótulos", "predicted": "nas decisões",
        "mean": "probabilidade média",
        "setup": "Como foi feito", "name": "o quê", "value": "valor", "rule": "rótulos", "parameters": "parâmetros",
        "sessions": "pregões", "final": "bloco final, não tocado", "libraries": "bibliotecas", "inputs": "entradas",
        "dead_zone": "zona morta (ticks)", "horizon": "horizonte (s)", "latency": "latência (ms)", "stop": "stop",
        "target": "alvo", "cost": "custo (ticks)", "seed": "semente",
    },
    "en": {
        "title": "Training", "run": "model", "trial": "trial", "data": "data", "code": "code",
        "synthetic": "SYNTHETIC", "figures": "Out-of-sample figures", "figure": "figure", "model": "model",
        "logistic": "logistic regression", "constant": "class shares alone",
        "log_loss": "log-loss (nats)", "brier": "Brier", "accuracy": "accuracy", "net": "result (BRL per contract)",
        "sharpe": "Sharpe by session",
        "figures_note": "Every figure is of sessions that the model never saw; beside it, what is had for nothing.",
        "better": "Out of sample it predicts better than the class shares", "worse": "Out of sample it predicts no "
        "better than the class shares", "pays": "and earns after costs", "loses": "and earns nothing after costs",
        "final_word": "Whether there is an edge is for `qt validate` to say.",
        "reliability": "Reliability", "said": "predicted probability", "came": "observed frequency",
        "sell": "sell", "hold": "hold", "buy": "buy", "perfect": "perfect",
        "reliability_caption": "Bins of as many rows each; on the diagonal what is said comes true as often.",
        "folds": "Folds", "fold": "fold", "train": "trained on", "test": "tested on", "rows": "rows",
        "calibrator": "calibration", "rounds": "rounds", "threshold": "threshold", "trades": "trades",
        "hit_rate": "hit rate", "never": "never",
        "equity": "Cumulative result after costs", "session": "session",
        "equity_caption": "Out-of-fold decisions, one position at a time, one contract, each fold's threshold; cost of "
        "a round trip",
        "importance": "Importance by family", "family": "family", "members": "inputs", "share": "share",
        "importance_caption": "Inputs whose ranks move together count as one family.",
        "classes": "Classes", "class": "class", "true": "in the labels", "predicted": "in the decisions",
        "mean": "mean probability",
        "setup": "How it was made", "name": "what", "value": "value", "rule": "labels", "parameters": "parameters",
        "sessions": "sessions", "final": "final block, untouched", "libraries": "libraries", "inputs": "inputs",
        "dead_zone": "dead zone (ticks)", "horizon": "horizon (s)", "latency": "latency (ms)", "stop": "stop",
        "target": "target", "cost": "cost (ticks)", "seed": "seed",
    },
}


def word(name: str, language: str) -> str:
    """A word of the report."""
    return WORDS[language][name]
