"""English. Code → (passed, failed, could not be examined)."""
from __future__ import annotations

SENTENCES: dict[str, tuple[str, str, str]] = {
    # no fold, label or column fools its owner
    "leak_folds": ("No session is on both sides of any of the {folds} folds.",
                   "Sessions of {days} are fitted on and tested on at once: every figure is worthless.", ""),
    "leak_shuffled": ("With labels dealt at random the model predicts no better than chance ({gain:+.4f} nats).",
                      "With labels dealt at random the model still seems {gain:.4f} nats better than chance: the "
                      "pipeline leaks.",
                      "The model could not be fitted on labels dealt at random: {why}."),
    "leak_walk": ("On a random walk the model predicts no better than chance ({gain:+.4f} nats).",
                  "On a random walk the model seems {gain:.4f} nats better than chance: the pipeline leaks.",
                  "The model could not be fitted on a random walk: {why}."),
    "leak_planted": ("A planted leak is caught, down to a column that tells {weakest:.0%} of the label.",
                     "A planted leak is not caught: these sessions are too few, or too short, for the audit.", ""),
    "leak_poison": ("Another future changes no row of the past ({rows} rows of {sessions} sessions, bit for bit).",
                    "Another future changes the past in {columns}.",
                    "No recording of these sessions is at hand, so their rows were not made anew."),
    "leak_columns": ("No input knows more than a market gives away.",
                     "Inputs that know the future: {columns}.", ""),
    # an edge
    "reach": ("Every action is reached: {sell:.1%} sell, {hold:.1%} hold, {buy:.1%} buy.",
              "The model never decides to {never}, so it cannot trade both ways.", ""),
    "predicts": ("It predicts better than the classes' shares by {gain:.4f} nats [{low:.4f}, {high:.4f}].",
                 "It predicts no better than the classes' shares: {gain:+.4f} nats [{low:.4f}, {high:.4f}].", ""),
    "earns": ("At {latency:.0f} ms and {slippage} tick of slippage it earns R$ {net:.2f} a session and contract, in "
              "{trades} trades.",
              "At {latency:.0f} ms and {slippage} tick of slippage it earns nothing: R$ {net:.2f} a session and "
              "contract, in {trades} trades.", ""),
    # a proof of it
    "sessions": ("{sessions} sessions were tested.",
                 "{sessions} sessions were tested, {least} are needed to tell an edge from luck.", ""),
    "earns_surely": ("The interval of that lies above zero: [{low:.2f}, {high:.2f}].",
                     "The interval of that is [{low:.2f}, {high:.2f}]: zero is in it.", ""),
    "beats_persistence": ("It predicts surely better than persistence, by {gain:.4f} nats [{low:.4f}, {high:.4f}], and "
                          "earns R$ {ahead:.2f} more a session.",
                          "It does not surely beat persistence: {gain:+.4f} nats [{low:.4f}, {high:.4f}], R$ "
                          "{ahead:.2f} a session.", ""),
    "beats_flow": ("It predicts surely better than the sign of the order flow, by {gain:.4f} nats [{low:.4f}, "
                   "{high:.4f}], and earns R$ {ahead:.2f} more a session.",
                   "It does not surely beat the sign of the order flow: {gain:+.4f} nats [{low:.4f}, {high:.4f}], R$ "
                   "{ahead:.2f} a session.", ""),
    "beats_chance": ("Random positions earn as much in {share:.1%} of {draws} draws.",
                     "Random positions earn as much in {share:.1%} of {draws} draws; {most:.0%} are allowed.", ""),
    "deflated": ("Counting {trials} trials, its Sharpe ratio of {sharpe:.2f} a session is skill with probability "
                 "{probability:.3f}.",
                 "Counting {trials} trials, its Sharpe ratio of {sharpe:.2f} a session is skill with probability "
                 "{probability:.3f} only; {least:.2f} is needed.",
                 "The sessions' results do not vary, so they have no Sharpe ratio."),
    "overfitting": ("With {rivals} other configurations tried on these sessions, the choice is overfitted with "
                    "probability {probability:.2f}.",
                    "With {rivals} other configurations tried on these sessions, the choice is overfitted with "
                    "probability {probability:.2f}; {most:.2f} is allowed.",
                    "{rivals} other configurations were tried on these sessions, and their results are not known."),
    "drift": ("No input has drifted in {sessions} later sessions.",
              "Drifted in {sessions} later sessions: {columns}.",
              "There is no later session to compare the inputs with."),
    "fresh": ("Nobody else has looked at its final block.",
              "Its final block was opened before by {by}: burnt, it proves nothing any more.",
              "It has no final block: no session was put aside before training."),
    "final": ("On the final block ({sessions} sessions, opened once) it earns R$ {net:.2f} a session and predicts "
              "{gain:.4f} nats better than the classes' shares.",
              "On the final block ({sessions} sessions) it fails: R$ {net:.2f} a session, {gain:+.4f} nats.",
              "The final block stays closed while another rule stands against the run."),
}

ACTIONS = {"sell": "sell", "hold": "hold", "buy": "buy"}

WORDS = {
    "title": "Validation", "deploy": "DEPLOY", "observe": "OBSERVE", "do not trade": "DO NOT TRADE",
    "synthetic": "SYNTHETIC: simulated sessions, no real market", "why": "Why", "passed": "yes", "failed": "no",
    "unknown": "not examined", "rule": "Rule", "figures": "Probabilities", "figure": "Figure", "value": "Value",
    "interval": "95 % interval by session", "log_loss": "Log-loss (nats)", "brier": "Brier",
    "ece": "Calibration error (ECE)", "balanced_accuracy": "Balanced accuracy", "mcc": "MCC",
    "money": "Money: BRL net per contract and session", "latency": "Latency", "slippage": "Slippage (ticks)",
    "net": "Net a session", "profit_factor": "Profit factor", "drawdown": "Largest drawdown",
    "turnover": "Contracts a session", "trades": "Trades", "hit_rate": "Hit rate",
    "baselines": "Beside the baselines", "baseline": "Baseline", "gain": "Log-loss gained (nats)",
    "ahead": "Earned more (R$ a session)", "own_net": "Its own net", "constant": "constant",
    "persistence": "persistence", "flow": "sign of order flow", "model": "this model",
    "chance": "random, same turnover", "selection": "Selection", "trials": "Trials counted",
    "sharpe": "Sharpe ratio a session", "hurdle": "Best expected by luck", "deflated": "Deflated Sharpe probability",
    "pbo": "Overfitting probability (PBO)",
    "columns": "What each input knows alone", "column": "Input", "target": "Of", "future": "Of the future",
    "past": "Of the past", "drift": "Drift (PSI)", "psi": "PSI", "limit": "Limit", "equity": "Net result by session",
    "run": "Run", "data": "Data", "rows": "Rows", "sessions": "Sessions", "paths": "Paths",
    "gate": "Confidence gate", "code": "Code", "label": "label", "move": "move",
    "note": "Decisions are those of the model alone at the product's confidence gate, one position at a time; "
            "`qt backtest` runs the whole stack. Every order is filled worse by the slippage.",
}
