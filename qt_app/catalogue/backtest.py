"""Words of the backtest's report, by language."""
from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "pt_BR": {
        "title": "Backtest", "synthetic": "MERCADO SIMULADO",
        "lead": "{days} pregões de {first} a {last}, {symbols}; modelo {model}; execução {id}", "result": "Resultado",
        "pessimistic": "pessimista", "probable": "provável", "optimistic": "otimista", "net": "Líquido",
        "costs": "Custos", "trades": "Operações", "win_rate": "Acerto", "profit_factor": "Fator de lucro",
        "drawdown": "Maior queda", "sharpe": "Sharpe por pregão", "best_day": "Melhor pregão",
        "worst_day": "Pior pregão", "days_word": "Pregões",
        "bounds": "Três hipóteses sobre a execução dos mesmos contratos: na pessimista a ordem espera no fim da fila e "
                  "percorre o livro; a provável paga o melhor preço na chegada; a otimista também o do envio, se era "
                  "melhor. Risco e decisões seguem a pessimista. Emolumentos e corretagem estão incluídos.",
        "fresh": "Cada pregão começa sem posição e com as contagens zeradas.",
        "carried": "A conta segue de um pregão para o outro, como faria o programa.",
        "no_error": "Com menos de dois pregões não há como estimar o erro do Sharpe.",
        "error": "Sharpe por pregão {value} ± {error} (erro-padrão): {words}.",
        "chance": "menos de dois erros-padrão acima de zero, o que o acaso também produz",
        "beyond": "mais de dois erros-padrão acima de zero", "equity": "Resultado acumulado",
        "equity_axis": "R$ acumulados", "day_axis": "pregão", "by_day": "Resultado por pregão",
        "by_day_caption": "Líquido pessimista de cada pregão, em R$.",
        "equity_caption": "Líquido acumulado, em R$, pelas três hipóteses de execução.",
        "by_trade": "Resultado por operação", "trade_axis": "operação",
        "by_trade_caption": "Líquido acumulado operação a operação, em R$.", "hour": "Por hora",
        "hour_axis": "hora da entrada",
        "hour_caption": "Soma do líquido pessimista por hora da entrada (São Paulo), em R$.", "exits": "Saídas",
        "exit": "motivo da saída", "count": "quantas", "open": "aberta no fim dos dados",
        "refusals": "Recusas do risco", "reason": "motivo", "day": "Dia", "symbol": "Contrato", "run": "Gravação",
        "missing": "Eventos faltando", "digest": "Conteúdo", "data": "Dados", "settings": "Configuração",
        "key": "chave", "value": "valor", "sweep": "Varredura", "configuration": "Configuração",
        "tried": "{count} configurações foram testadas nos mesmos dados e contam no registro de tentativas. A melhor"
                 " de muitas parece boa por sorte: não escolha por esta tabela; use o walk-forward ou `qt validate`.",
        "sweep_caption": "Líquido pessimista, em R$, por {rows} (linhas) e {columns} (colunas).",
        "walk": "Walk-forward",
        "walk_words": "Cada etapa escolhe a configuração que mais ganhou nos pregões anteriores e é medida só nos "
                      "seguintes.",
        "fold": "Etapa", "chosen": "Escolhida", "before": "Antes (R$)", "after": "Depois (R$)",
        "unmarked": "Em {count} pregões ficou posição aberta sem cotação no fim: ela conta como zero.",
        "shown": "Os gráficos mostram a configuração {number}: {name}.", "as_configured": "como configurado",
    },
    "en": {
        "title": "Backtest", "synthetic": "SIMULATED MARKET",
        "lead": "{days} sessions from {first} to {last}, {symbols}; model {model}; run {id}", "result": "Result",
        "pessimistic": "pessimistic", "probable": "probable", "optimistic": "optimistic", "net": "Net",
        "costs": "Costs", "trades": "Trades", "win_rate": "Win rate", "profit_factor": "Profit factor",
        "drawdown": "Deepest fall", "sharpe": "Sharpe per session", "best_day": "Best session",
        "worst_day": "Worst session", "days_word": "Sessions",
        "bounds": "Three assumptions about how the same contracts are filled: by the pessimistic one an order waits at "
                  "the end of the queue and walks the book; the probable one pays the best price on arrival; the "
                  "optimistic one also that of the sending, if it was better. Risk and decisions follow the "
                  "pessimistic one. Exchange fees and brokerage are included.",
        "fresh": "Each session begins flat and with its counts at zero.",
        "carried": "The account goes on from one session to the next, as the program would.",
        "no_error": "With fewer than two sessions the error of the Sharpe ratio cannot be estimated.",
        "error": "Sharpe per session {value} ± {error} (standard error): {words}.",
        "chance": "less than two standard errors above zero, which chance gives too",
        "beyond": "more than two standard errors above zero", "equity": "Cumulative result",
        "equity_axis": "cumulative R$", "day_axis": "session", "by_day": "Result by session",
        "by_day_caption": "Pessimistic net of each session, in R$.",
        "equity_caption": "Cumulative net, in R$, by the three assumptions about fills.",
        "by_trade": "Result by trade", "trade_axis": "trade",
        "by_trade_caption": "Cumulative net trade by trade, in R$.", "hour": "By hour", "hour_axis": "hour of entry",
        "hour_caption": "Sum of the pessimistic net by hour of entry (Sao Paulo), in R$.", "exits": "Exits",
        "exit": "reason of the exit", "count": "how many", "open": "open when the data ended",
        "refusals": "Refused by risk", "reason": "reason", "day": "Day", "symbol": "Contract", "run": "Recording",
        "missing": "Missing events", "digest": "Content", "data": "Data", "settings": "Configuration", "key": "key",
        "value": "value", "sweep": "Sweep", "configuration": "Configuration",
        "tried": "{count} configurations were tried on the same data and count in the trial ledger. The best of many"
                 " looks good by luck: do not choose by this table; use walk-forward or `qt validate`.",
        "sweep_caption": "Pessimistic net, in R$, by {rows} (rows) and {columns} (columns).", "walk": "Walk-forward",
        "walk_words": "Each step takes the configuration that earned most in the sessions before, and is judged on "
                      "the following ones alone.",
        "fold": "Step", "chosen": "Chosen", "before": "Before (R$)", "after": "After (R$)",
        "unmarked": "In {count} sessions a position stayed open without a quote at the end: it counts as zero.",
        "shown": "The charts show configuration {number}: {name}.", "as_configured": "as configured",
    },
}
