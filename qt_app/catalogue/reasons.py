"""The program's own codes and words as people say them: reasons, refusals, states of orders."""
from __future__ import annotations

import re

#: Codes in reasons of votes, decisions and orders; English shows them as words in lower case.
CODES: dict[str, str] = {
    "BUY": "compra", "SELL": "venda", "HOLD": "esperar", "QUIET": "quieto", "MODEL": "modelo", "TIE": "empate",
    "DELTA": "delta", "STACKED": "empilhado", "EXHAUSTION": "exaustão", "TRAPPED": "presos", "POC": "ponto de controle",
    "DEPTH": "profundidade", "MICROPRICE": "micropreço", "REFILL": "reposição", "WALL": "muralha",
    "IMBALANCE": "desequilíbrio", "PERSISTENCE": "persistência", "ABSORPTION": "absorção", "SWEEP": "varredura",
    "DIVERGENCE": "divergência", "SIGN": "lado dos negócios", "LARGE": "lotes grandes", "RUN": "sequência",
    "SPEED": "velocidade", "SIZE": "tamanho", "BROKER": "corretora", "STALE": "dados velhos", "NAN": "sem valor:",
    "FROZEN": "congelada:", "NO_MODEL": "sem modelo", "NOT_A_DISTRIBUTION": "não é distribuição",
    "MODEL_ABSTAINS": "modelo se abstém:", "AGENTS_BELOW_QUORUM": "agentes abaixo do quórum",
    "LOW_CONFIDENCE": "confiança baixa", "ERROR": "erro", "POSITION_LIMIT": "limite de posição",
    "DAILY_TRADES": "limite de entradas do dia", "DAILY_LOSS": "limite de perda do dia",
    "DAILY_DRAWDOWN": "limite de queda do dia", "LOSING_STREAK": "perdas seguidas", "HALTED": "suspenso pelo operador",
    "REDUCING": "sem entradas, pelo operador", "STOPPING": "encerrando", "STOPPING_FLAT": "encerrando e zerando",
    "STALE_FEED": "dados de mercado velhos", "FEED_GAP": "faltam negócios", "CLOCK_JUMP": "salto do relógio",
    "JOURNAL_FAILED": "diário não grava", "REJECTED_ORDERS": "ordens rejeitadas", "ORDER_STORM": "excesso de ordens",
    "DECISION_ERRORS": "decisões com erro", "OUTSIDE_SESSION": "fora do pregão", "NEAR_OPEN": "pregão recém-aberto",
    "NEAR_CLOSE": "pregão quase no fim", "PHASE_NOT_OPEN": "fase não aberta", "NO_QUOTE": "sem cotação",
    "CROSSED_QUOTE": "cotação cruzada", "STALE_QUOTE": "cotação velha", "WIDE_SPREAD": "spread largo",
    "SETTLING": "assentando", "POSITION_IN_DOUBT": "posição em dúvida", "WORKING_ENTRY": "entrada já ativa",
    "PRICE_COLLAR": "preço longe do mercado", "ORDER_RATE": "ritmo de ordens", "SYNTHETIC": "sintético",
    "BROKER_NOT_READY": "corretora não pronta", "RECONCILING": "conferindo com a corretora",
    "FOREIGN_ORDER": "ordem alheia na conta", "OPPOSITE_DECISION": "decisão contrária", "STOP_LOSS": "stop",
    "TAKE_PROFIT": "alvo", "FLAT_BY": "hora de zerar", "FLAT": "zerada", "NOT_FILLED": "não executada",
    "REPRICE": "novo preço", "RESIZE": "novo tamanho", "MOVE_STOP": "mover stop", "MOVED_STOP": "stop movido",
    "STOP_NOT_FILLED": "stop não executado", "STOP_UNCONFIRMED": "stop não confirmado", "REVERSED": "invertida",
    "accepted": "aceita", "partial": "parcial", "filled": "executada", "cancelled": "cancelada",
    "rejected": "rejeitada", "triggered": "disparada", "entry": "entrada", "stop": "stop", "target": "alvo",
    "exit": "saída", "buy": "compra", "sell": "venda", "of": "de", "lots": "lotes", "book": "livro",
    "trade": "negócios",
    "quote": "cotação",
}


def in_words(text: str, language: str) -> str:
    """Every code in a text as a language says it; what is no code stays as it is."""
    return re.sub(r"[A-Za-z_]+", lambda found: _word(found[0], language), text)


def _word(code: str, language: str) -> str:
    if language == "pt_BR":
        return CODES.get(code, code)
    return code.lower().replace("_", " ") if code in CODES else code
