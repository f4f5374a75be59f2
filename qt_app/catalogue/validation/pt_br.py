"""Português do Brasil. Código → (passou, falhou, não pôde ser examinado)."""
from __future__ import annotations

SENTENCES: dict[str, tuple[str, str, str]] = {
    # nenhuma divisão, rótulo ou coluna engana o dono
    "leak_folds": ("Nenhum pregão está dos dois lados de uma das {folds} divisões.",
                   "Os pregões de {days} servem ao ajuste e ao teste ao mesmo tempo: nenhum número vale.", ""),
    "leak_shuffled": ("Com rótulos sorteados o modelo não prevê melhor que o acaso ({gain:+.4f} nats).",
                      "Com rótulos sorteados o modelo ainda parece {gain:.4f} nats melhor que o acaso: há vazamento.",
                      "Não foi possível ajustar o modelo com rótulos sorteados: {why}."),
    "leak_walk": ("Num passeio aleatório o modelo não prevê melhor que o acaso ({gain:+.4f} nats).",
                  "Num passeio aleatório o modelo parece {gain:.4f} nats melhor que o acaso: há vazamento.",
                  "Não foi possível ajustar o modelo a um passeio aleatório: {why}."),
    "leak_planted": ("Um vazamento plantado é descoberto, até o de uma coluna que revela {weakest:.0%} do rótulo.",
                     "Um vazamento plantado não é descoberto: os pregões são poucos, ou curtos, para a auditoria.", ""),
    "leak_poison": ("Outro futuro não muda nenhuma linha do passado ({rows} linhas de {sessions} pregões, bit a bit).",
                    "Outro futuro muda o passado em {columns}.",
                    "Não há gravação destes pregões à mão, então suas linhas não foram refeitas."),
    "leak_columns": ("Nenhuma entrada sabe mais do que um mercado revela.",
                     "Entradas que conhecem o futuro: {columns}.", ""),
    # uma vantagem
    "reach": ("Toda ação é alcançada: {sell:.1%} venda, {hold:.1%} espera, {buy:.1%} compra.",
              "O modelo nunca decide por {never}; não opera dos dois lados.", ""),
    "predicts": ("Prevê melhor que as frequências das classes por {gain:.4f} nats [{low:.4f}, {high:.4f}].",
                 "Não prevê melhor que as frequências das classes: {gain:+.4f} nats [{low:.4f}, {high:.4f}].", ""),
    "earns": ("Com {latency:.0f} ms e {slippage} tick de slippage ganha R$ {net:.2f} por pregão e contrato, em "
              "{trades} operações.",
              "Com {latency:.0f} ms e {slippage} tick de slippage não ganha nada: R$ {net:.2f} por pregão e contrato, "
              "em {trades} operações.", ""),
    # a prova dela
    "sessions": ("{sessions} pregões foram testados.",
                 "{sessions} pregões foram testados; são precisos {least} para separar vantagem de sorte.", ""),
    "earns_surely": ("O intervalo disso fica acima de zero: [{low:.2f}, {high:.2f}].",
                     "O intervalo disso é [{low:.2f}, {high:.2f}]: o zero está dentro.", ""),
    "beats_persistence": ("Prevê com segurança melhor que a persistência, por {gain:.4f} nats [{low:.4f}, {high:.4f}], "
                          "e ganha R$ {ahead:.2f} a mais por pregão.",
                          "Não supera a persistência com segurança: {gain:+.4f} nats [{low:.4f}, {high:.4f}], R$ "
                          "{ahead:.2f} por pregão.", ""),
    "beats_flow": ("Prevê com segurança melhor que o sinal do fluxo de ordens, por {gain:.4f} nats [{low:.4f}, "
                   "{high:.4f}], e ganha R$ {ahead:.2f} a mais por pregão.",
                   "Não supera o sinal do fluxo de ordens com segurança: {gain:+.4f} nats [{low:.4f}, {high:.4f}], R$ "
                   "{ahead:.2f} por pregão.", ""),
    "beats_chance": ("Posições ao acaso ganham tanto em {share:.1%} de {draws} sorteios.",
                     "Posições ao acaso ganham tanto em {share:.1%} de {draws} sorteios; admitem-se {most:.0%}.", ""),
    "deflated": ("Contadas {trials} tentativas, o índice de Sharpe de {sharpe:.2f} por pregão é habilidade com "
                 "probabilidade {probability:.3f}.",
                 "Contadas {trials} tentativas, o índice de Sharpe de {sharpe:.2f} por pregão só é habilidade com "
                 "probabilidade {probability:.3f}; é preciso {least:.2f}.",
                 "Os resultados dos pregões não variam; não têm índice de Sharpe."),
    "overfitting": ("Com {rivals} outras configurações tentadas nestes pregões, a escolha é sobreajuste com "
                    "probabilidade {probability:.2f}.",
                    "Com {rivals} outras configurações tentadas nestes pregões, a escolha é sobreajuste com "
                    "probabilidade {probability:.2f}; admite-se {most:.2f}.",
                    "{rivals} outras configurações foram tentadas nestes pregões; seus resultados não são conhecidos."),
    "drift": ("Nenhuma entrada derivou em {sessions} pregões posteriores.",
              "Derivaram em {sessions} pregões posteriores: {columns}.",
              "Não há pregão posterior com que comparar as entradas."),
    "fresh": ("Ninguém mais olhou o seu bloco final.",
              "O seu bloco final já foi aberto por {by}: queimado, não prova mais nada.",
              "Não tem bloco final: nenhum pregão foi separado antes do treino."),
    "final": ("No bloco final ({sessions} pregões, aberto uma só vez) ganha R$ {net:.2f} por pregão e prevê {gain:.4f} "
              "nats melhor que as frequências das classes.",
              "No bloco final ({sessions} pregões) falha: R$ {net:.2f} por pregão, {gain:+.4f} nats.",
              "O bloco final continua fechado enquanto outra regra fala contra o treino."),
}

ACTIONS = {"sell": "venda", "hold": "espera", "buy": "compra"}

WORDS = {
    "title": "Validação", "deploy": "IMPLANTAR", "observe": "OBSERVAR", "do not trade": "NÃO OPERAR",
    "synthetic": "SINTÉTICO: pregões simulados, nenhum mercado real", "why": "Por quê", "passed": "sim",
    "failed": "não", "unknown": "não examinado", "rule": "Regra", "figures": "Probabilidades", "figure": "Medida",
    "value": "Valor", "interval": "Intervalo de 95 % por pregão", "log_loss": "Log-loss (nats)", "brier": "Brier",
    "ece": "Erro de calibração (ECE)", "balanced_accuracy": "Acurácia balanceada", "mcc": "MCC",
    "money": "Dinheiro: R$ líquidos por contrato e pregão", "latency": "Latência", "slippage": "Slippage (ticks)",
    "net": "Líquido por pregão", "profit_factor": "Fator de lucro", "drawdown": "Maior rebaixamento",
    "turnover": "Contratos por pregão", "trades": "Operações", "hit_rate": "Taxa de acerto",
    "baselines": "Ao lado das referências", "baseline": "Referência", "gain": "Log-loss ganho (nats)",
    "ahead": "Ganhou a mais (R$ por pregão)", "own_net": "Líquido dela", "constant": "constante",
    "persistence": "persistência", "flow": "sinal do fluxo de ordens", "model": "este modelo",
    "chance": "acaso, mesmo giro", "selection": "Seleção", "trials": "Tentativas contadas",
    "sharpe": "Índice de Sharpe por pregão", "hurdle": "Melhor esperado por sorte",
    "deflated": "Probabilidade do Sharpe deflacionado", "pbo": "Probabilidade de sobreajuste (PBO)",
    "columns": "O que cada entrada sabe sozinha", "column": "Entrada", "target": "De", "future": "Do futuro",
    "past": "Do passado", "drift": "Deriva (PSI)", "psi": "PSI", "limit": "Limite",
    "equity": "Resultado líquido por pregão", "run": "Treino", "data": "Dados", "rows": "Linhas",
    "sessions": "Pregões", "paths": "Caminhos", "gate": "Confiança mínima", "code": "Código", "label": "rótulo",
    "move": "movimento",
    "note": "As decisões são as do modelo sozinho na confiança mínima do produto, uma posição por vez; `qt backtest` "
            "roda a pilha inteira. Toda ordem é executada pior pelo slippage.",
}
