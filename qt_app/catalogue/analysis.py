"""Words of the pages that analyse features and agents, by language."""
from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "pt_BR": {
        "synthetic": "MERCADO SIMULADO", "features_title": "Importância dos atributos",
        "features_lead": "Modelo {model}, execução {run}; {folds} dobras, {sessions} pregões fora da amostra, {rows} "
                         "linhas; log-loss fora da amostra {loss}",
        "features_method": "Permutação: quanto a log-loss fora da amostra piora, em nats, quando os valores de uma "
                           "coluna trocam de lugar dentro do pregão em blocos de {block} linhas vizinhas ({repeats} "
                           "repetições). O intervalo das repetições diz o que o sorteio deixa em aberto; o dos "
                           "pregões, o que outros dias poderiam ter dito. Um valor perto de zero não prova "
                           "inutilidade: colunas da mesma família substituem umas às outras, por isso a família é "
                           "permutada junta também.",
        "shap_method": "SHAP: média do valor absoluto do que a coluna acrescenta às pontuações antes da calibração "
                       "(log-chances), somada sobre as classes. Sentido: correlação de postos entre a coluna e o que "
                       "ela acrescenta a comprar menos vender.",
        "families": "Famílias correlacionadas",
        "families_caption": "Importância por permutação das primeiras famílias, em milésimos de nat.",
        "features": "Atributos",
        "features_caption": "Importância por permutação dos {count} primeiros, em milésimos de nat.",
        "correlation": "Correlação entre os cabeças das famílias",
        "correlation_caption": "Correlação de postos dentro do pregão, em por cento.", "family": "Família",
        "members": "membros", "feature": "Atributo", "definition": "grupo", "importance": "importância",
        "over_repeats": "repetições (95 %)", "over_sessions": "pregões (95 %)", "direction": "sentido",
        "nats": "milésimos de nat", "axis_feature": "atributo", "axis_family": "família",
        "agents_title": "Os agentes, um a um",
        "agents_lead": "{results} resultados, {instants} instantes de decisão, dos quais {labelled} com desfecho "
                       "conhecido; regra: {rule}",
        "agents_method": "Desfecho: o que uma ida e volta por preços executáveis teria rendido. Acerto: parte dos "
                         "votos por compra ou venda cujo lado o desfecho confirmou, com intervalo de Wilson. Brier e "
                         "log-loss medem as três probabilidades; ao lado, os da frequência de cada classe. Instantes "
                         "vizinhos compartilham o desfecho, e por isso os intervalos são estreitos demais: o número "
                         "efetivo de desfechos independentes é cerca de {effective}.",
        "agents": "Agentes", "voter": "Votante", "votes": "votos", "abstained": "absteve-se", "sided": "com lado",
        "hit_rate": "acerto", "interval": "intervalo (95 %)", "brier": "Brier", "log_loss": "log-loss",
        "constant": "constante", "calibration": "calibração (ECE)", "pivotal": "decisivo", "left_out": "sem",
        "ticks": "ganho em ticks", "base": "ao acaso", "effective_interval": "intervalo efetivo",
        "share": "por cento", "contribution": "Contribuição ao consenso",
        "contribution_method": "Decisivo: parte dos instantes em que a ação seria outra sem este voto, com os mesmos "
                               "pesos entre os demais; sem o modelo decidem os agentes, sem os agentes o modelo. "
                               "Melhores e piores: das decisões mudadas com desfecho conhecido, as que só com ele, ou"
                               " só sem ele, foram certas. Ganho: o que elas renderam com ele menos sem ele, uma ida "
                               "e volta por decisão, depois dos custos.",
        "changed": "decisões mudadas", "to_trade": "para operar", "to_hold": "para esperar",
        "to_other": "para o outro lado", "better": "melhores", "worse": "piores", "abstentions": "Abstenções",
        "reason": "motivo", "count": "quantas", "reliability": "Confiabilidade", "predicted": "probabilidade dita",
        "observed": "frequência observada",
        "reliability_caption": "Probabilidade do lado votado contra a frequência com que ele se confirmou, em faixas "
                               "de mesma quantidade. A diagonal é a calibração perfeita.",
        "perfect": "perfeita", "hit_caption": "Acerto por votante, em por cento.",
    },
    "en": {
        "synthetic": "SIMULATED MARKET", "features_title": "What the features are worth",
        "features_lead": "Model {model}, run {run}; {folds} folds, {sessions} sessions out of sample, {rows} rows; "
                         "out-of-sample log-loss {loss}",
        "features_method": "Permutation: how much worse the out-of-sample log-loss gets, in nats, when the values of "
                           "a column change places within the session in blocks of {block} neighbouring rows "
                           "({repeats} repeats). The interval over repeats says what the draw leaves open; the one "
                           "over sessions what other days might have said. A value near zero does not prove a column "
                           "useless: columns of one family stand in for each other, so the family is permuted "
                           "together too.",
        "shap_method": "SHAP: mean absolute value of what the column adds to the scores before calibration (log-"
                       "odds), summed over the classes. Direction: rank correlation of the column with what it adds "
                       "to buy minus sell.",
        "families": "Correlated families",
        "families_caption": "Permutation importance of the first families, in thousandths of a nat.",
        "features": "Features",
        "features_caption": "Permutation importance of the first {count}, in thousandths of a nat.",
        "correlation": "Correlation between the heads of the families",
        "correlation_caption": "Rank correlation within the session, in per cent.", "family": "Family",
        "members": "members", "feature": "Feature", "definition": "group", "importance": "importance",
        "over_repeats": "repeats (95 %)", "over_sessions": "sessions (95 %)", "direction": "direction",
        "nats": "thousandths of a nat", "axis_feature": "feature", "axis_family": "family",
        "agents_title": "The agents, one by one",
        "agents_lead": "{results} results, {instants} decision instants, {labelled} of them with a known outcome; "
                       "rule: {rule}",
        "agents_method": "Outcome: what a round trip at executable prices would have earned. Hit rate: share of the "
                         "votes for buy or sell whose side the outcome confirmed, with Wilson's interval. Brier and "
                         "log-loss judge all three probabilities; beside them those of each class's frequency. "
                         "Neighbouring instants share their outcome, so the intervals are too narrow: the effective "
                         "number of independent outcomes is about {effective}.",
        "agents": "Agents", "voter": "Voter", "votes": "votes", "abstained": "abstained", "sided": "took a side",
        "hit_rate": "hit rate", "interval": "interval (95 %)", "brier": "Brier", "log_loss": "log-loss",
        "constant": "constant", "calibration": "calibration (ECE)", "pivotal": "pivotal", "left_out": "without",
        "ticks": "gain in ticks", "base": "by chance", "effective_interval": "effective interval",
        "share": "per cent", "contribution": "Contribution to the consensus",
        "contribution_method": "Pivotal: share of the instants at which the action would have been another one "
                               "without this vote, the others keeping their weights; without the model the agents "
                               "decide, without the agents the model. Better and worse: of the changed decisions with"
                               " a known outcome, those that were right only with it, or only without. Gain: what "
                               "they earned with it minus without, a round trip each, after costs.",
        "changed": "decisions changed", "to_trade": "into a trade", "to_hold": "into waiting",
        "to_other": "to the other side", "better": "better", "worse": "worse", "abstentions": "Abstentions",
        "reason": "reason", "count": "how many", "reliability": "Reliability", "predicted": "probability told",
        "observed": "frequency observed",
        "reliability_caption": "Probability of the side voted for against how often it came true, in bins of equal "
                               "count. The diagonal is perfect calibration.",
        "perfect": "perfect", "hit_caption": "Hit rate by voter, in per cent.",
    },
}
