"""Takes the protection against each trap out, one at a time, and sees the trap's test fail.

    python tests/traps/mutants.py                every trap
    python tests/traps/mutants.py --trap 14      one of them

A mutant is the product with one passage replaced, in a scratch copy; what is compiled is compiled again. Prints a
table: trap, protection taken out, test, and what caught it. Exit status 1 when a mutant lives, or when a passage does
not stand in its file exactly once.
"""
from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("include", "qt_core", "qt_app", "models_onnx", "tests", "setup.py", "pyproject.toml", "README.md", "LICENSE",
          "config_production.json")
SKIPPED = shutil.ignore_patterns("__pycache__", ".hypothesis", "corpus")
LIMIT_S = 900


@dataclass(frozen=True)
class Mutant:
    """``old`` in ``file`` becomes ``new``; ``test`` must fail then. ``build``: modules to compile, with commas."""

    trap: int
    protection: str
    file: str
    old: str
    new: str
    test: str
    build: str = ""


MUTANTS = (
    Mutant(1, "order records of Version 1 or later", "qt_core/order_calls.pyx",
           "r.Version = self.records.send\n            code = self.api.SendOrder(&r)\n            while",
           "r.Version = 0\n            code = self.api.SendOrder(&r)\n            while",
           "test_trap_01_wrong_order.py", "order_calls,dll"),
    Mutant(1, "the numbers of types and sides that belong to the record's version", "qt_core/order_calls.pyx",
           '_SIDES = {"buy": 1, "sell": 2}\n_TYPES = {"market": 1, "limit": 2, "stop_limit": 4}',
           '_SIDES = {"buy": 0, "sell": 1}\n_TYPES = {"market": 2, "limit": 0, "stop_limit": 1}',
           "test_trap_01_wrong_order.py", "order_calls,dll"),
    Mutant(2, "only the change of what traded is a fill", "qt_app/orders/life.py",
           "lots, before = s.traded - self.traded, self.stage", "lots, before = s.traded, self.stage",
           "test_trap_02_blind_resend.py"),
    Mutant(2, "an order that is silent is looked for, not sent again", "qt_app/orders/broker.py",
           "        self._watch.look_around(now_s, self._tickets.live.values())",
           "        for t in self._tickets.live.values():\n"
           "            if Watch.silent(t, now_s, self._timing.answer_s):\n"
           "                t.back_s = None\n                self._lane.put(Command(\"send\", t), Rank.ENTER)\n"
           "        self._watch.look_around(now_s, self._tickets.live.values())",
           "test_trap_02_blind_resend.py"),
    Mutant(3, "orders of an earlier run are found by the names that the journal kept", "qt_app/orders/tickets.py",
           "            self.given_up.append(ticket)\n        self.link(ticket, ticket.life, ticket.life.local_id, "
           "ticket.life.cl_ord_id)", "            self.given_up.append(ticket)", "test_trap_03_orphan_leg.py"),
    Mutant(3, "after a process was killed, what protects nothing any more is cancelled", "qt_app/orders/trader.py",
           "self.bracket.restore(map(working_of, living)", "self.bracket.restore(map(working_of, [])",
           "test_trap_03_whole_program.py"),
    Mutant(3, "what no order explains is booked as the broker has it", "qt_app/orders/auditor.py",
           "        self._book(rest, census, self._why)\n", "",
           "test_trap_03_orphan_leg.py"),
    Mutant(4, "records aligned as the vendor's are", "include/qt_profit.h",
           "typedef struct TConnectorTrade {", "#pragma pack(push, 1)\ntypedef struct TConnectorTrade {",
           "test_trap_04_garbage_trades.py", "trampolines"),
    Mutant(4, "buyer and seller told apart", "include/qt_door.h",
           "    ev->a = t->BuyAgent;\n    ev->b = t->SellAgent;", "    ev->a = t->SellAgent;\n    ev->b = t->BuyAgent;",
           "test_trap_04_garbage_trades.py", "trampolines"),
    Mutant(5, "only the low byte of a flag counts", "qt_core/trampolines.pyx",
           "return <uint8_t> bit if given & 0xFF else 0", "return <uint8_t> bit if given else 0",
           "test_trap_05_wrong_slot.py", "trampolines"),
    Mutant(5, "the offer book through its own setter", "qt_core/dll.pyx",
           "            c[3] = self.api.SetOfferBookCallbackV2(trampolines.on_offer_book)\n", "            c[3] = 0\n",
           "test_trap_05_wrong_slot.py", "dll"),
    Mutant(5, "a second-version callback in no first-version slot", "include/qt_profit_api.h",
           "    qt_lib_symbol(lib, e->name, (char *)api + e->offset);",
           "    qt_lib_symbol(lib, strcmp(e->name, \"SetOfferBookCallbackV2\") ? e->name : \"SetOfferBookCallback\",\n"
           "                  (char *)api + e->offset);",
           "test_trap_05_wrong_slot.py", "library,market_calls,account_calls,order_reading,order_calls,dll"),
    Mutant(6, "calls without the interpreter's lock", "qt_core/order_calls.pyx",
           "        with nogil:\n            r.Version = self.records.send",
           "        if True:\n            r.Version = self.records.send",
           "test_trap_06_freeze.py", "order_calls,dll"),
    Mutant(7, "the permanent id copied before the callback returns", "include/qt_door_orders.h",
           "u->cl_ord_n = qt_copy_text(u->cl_ord_id, QT_CL_ORD_UNITS, id->ClOrderID, QT_CUT_CL_ORD, &u->cut);",
           "u->cl_ord_n = 0;", "test_trap_07_after_return.py", "trampolines,order_updates"),
    Mutant(7, "handles of trades read inside their callback", "include/qt_door.h",
           "    if (!why && !(why = qt_translate(d, handle, &t))) {",
           "    static void *kept;\n    void *old = kept ? kept : handle;\n    kept = handle;\n"
           "    if (!why && !(why = qt_translate(d, old, &t))) {",
           "test_trap_07_after_return.py", "trampolines"),
    Mutant(8, "continuous names refused by the binding", "qt_core/refusals.py",
           'if ticker.upper().endswith("FUT"):', "if False:", "test_trap_08_alias.py"),
    Mutant(8, "what has no maturity refused at the last door", "qt_app/orders/lastdoor.py",
           "return None if i.month is not None else Refusal(Reason.NOT_A_CONTRACT, i.symbol)", "return None",
           "test_trap_08_alias.py"),
    Mutant(9, "readiness at the instant of sending", "qt_app/orders/router.py",
           "return states.waiting_for(orders=True)", 'return ""', "test_trap_09_not_ready.py"),
    Mutant(10, "the text read in a second pass", "include/qt_door_orders.h",
           "k->room.record.TextMessage = qt_room(k->text, k->room.record.TextMessageLength, QT_ASKED_TEXT);",
           "k->room.record.TextMessage = NULL;", "test_trap_10_rejection_text.py", "trampolines"),
    Mutant(10, "only a lost session is worth a second try", "qt_app/orders/intake.py",
           "lost = ticket.session_lost or is_retryable(MessageResult.REJECTED_BY_PROXY, step.text)", "lost = True",
           "test_trap_10_rejection_text.py"),
    Mutant(11, "the side read only with a position", "qt_core/account_calls.pyx",
           "if r.OpenQuantity and (r.OpenSide not in _SIDES", "if (r.OpenSide not in _SIDES",
           "test_trap_11_position.py", "account_calls,order_reading,order_calls,dll"),
    Mutant(12, "the first history request of a session is thrown away", "qt_app/feed/profit.py",
           "lambda: self._ask(muted=True)", "lambda: self._ask(muted=False)", "test_trap_12_history.py"),
    Mutant(13, "a time limit for the library's end", "qt_core/dll.pyx",
           "        worker.join(timeout)\n", "        worker.join()\n", "test_trap_13_mute.py", "dll"),
    Mutant(13, "silence of an open market is an alarm", "qt_app/feed/connection.py",
           "mute_ns: int = 30 * NS ", "mute_ns: int = 30000 * NS ", "test_trap_13_mute.py"),
    Mutant(14, "an edit's quantity is a difference", "qt_core/offers.pyx",
           "offer.qty + ev.qty if ev.flags & QT_F_HAS_QTY", "ev.qty if ev.flags & QT_F_HAS_QTY",
           "test_trap_14_book.py", "offers"),
    Mutant(14, "an order may be added behind the last", "qt_core/offers.pyx",
           "index < (-1 if ev.code == QT_BOOK_ADD else 0)", "index < 0", "test_trap_14_book.py", "offers"),
    Mutant(14, "only the first page clears a side", "include/qt_door_book.h",
           "(page->flags & QT_OB_FIRST_PACKET) || s->paging[side] == QT_PAGES_CLOSED ? QT_F_FIRST : 0u;", "QT_F_FIRST;",
           "test_trap_14_book.py", "trampolines"),
    Mutant(15, "arrays are given back", "include/qt_door_book.h",
           "        d->free_pointer(array, page.size);", "        (void)0;", "test_trap_15_free_pointer.py",
           "trampolines"),
    Mutant(15, "arrays are given back with their size", "include/qt_door_book.h",
           "d->free_pointer(array, page.size);", "d->free_pointer(array, page.size - 4);",
           "test_trap_15_free_pointer.py", "trampolines"),
    Mutant(16, "order ids of 64 bits", "qt_core/order_calls.pyx",
           '        return checked("SendOrder", code), r.MessageID', '        return <int32_t> code, r.MessageID',
           "test_trap_16_truncation.py", "order_calls,dll"),
    Mutant(17, "text is UTF-16", "qt_core/library.pyx",
           '[:2 * max(0, length)].decode("utf-16-le", "replace")', '[:max(0, length)].decode("latin-1", "replace")',
           "test_trap_17_text.py", "library,market_calls,account_calls,order_reading,order_calls,dll"),
    Mutant(17, "one-byte dates in the offer arrays", "include/qt_time.h",
           "        wide[i] = text[i];", "        wide[i] = (uint16_t)(text[i] | text[i + 1] << 8);",
           "test_trap_17_text.py", "trampolines"),
    Mutant(18, "money must fit price, contracts and multiplier", "include/qt_door.h",
           "    if (!qt_volume_fits(s, t))\n        return QT_BAD_VOLUME;\n", "    (void)s;\n",
           "test_trap_18_money.py", "trampolines"),
    Mutant(19, "accounts announced again are kept once", "include/qt_order_update.h",
           "    if (qt_account_find(t, broker, fresh.account, fresh.account_n))\n        return;\n", "",
           "test_trap_19_outage.py", "trampolines,order_updates"),
    Mutant(19, "the history of a gap is asked for", "qt_app/feed/connection.py",
           "[*self._shut(look), *self._ask(look)]", "[*self._shut(look), *self._filled(look)]",
           "test_trap_19_gap.py"),
    Mutant(19, "a live print that the history has told is left out", "qt_core/engine.pyx",
           "not ev.flags & QT_F_EDIT and self.was_told(&ev, told_ns, told_id)", "not ev.flags & QT_F_EDIT and False",
           "test_trap_19_gap.py", "engine"),
    Mutant(19, "history is asked for on the command thread", "qt_app/feed/history.py",
           "        self._call = self._post(call)",
           "        self._call = Future()\n        self._call.set_result(call())",
           "test_trap_19_gap.py"),
    Mutant(20, "an older record when the newer is refused", "qt_core/library.pyx",
           "    if code != p.NL_VERSION_NOT_SUPPORTED or version[0] <= floor:\n        return False",
           "    if True:\n        return False",
           "test_trap_20_versions.py", "library,market_calls,account_calls,order_reading,order_calls,dll"),
    Mutant(20, "widths of the asset's facts by version", "qt_core/library.pyx",
           "self.wide_quantities = numbers >= _WIDE", "self.wide_quantities = True",
           "test_trap_20_versions.py", "library,market_calls,account_calls,order_reading,order_calls,dll"),
)


def places(mutant: Mutant, root: Path = ROOT) -> int:
    """How often the passage stands in its file."""
    return (root / mutant.file).read_text(encoding="utf-8").count(mutant.old)


def copy_product(folder: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=SKIPPED)
        else:
            shutil.copy2(source, folder / name)
    if (ROOT / "build" / "cython").is_dir():    # what is not changed is not translated again
        shutil.copytree(ROOT / "build" / "cython", folder / "build" / "cython")


def apply(mutant: Mutant, folder: Path) -> str:
    """Puts the mutant in and compiles it; the compiler's refusal, or empty."""
    path = folder / mutant.file
    path.write_text(path.read_text(encoding="utf-8").replace(mutant.old, mutant.new), encoding="utf-8")
    if not mutant.build:
        return ""
    for module in mutant.build.split(","):
        for old in (folder / "qt_core").glob(f"{module}.*.so"):
            old.unlink()
    done = subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=folder, capture_output=True,
                          text=True, check=False, env={**os.environ, "QT_ONLY": mutant.build})
    if done.returncode == 0:
        return ""
    refusal = re.search(r"error: (.*)", done.stderr)
    return f"compiler: {refusal.group(1) if refusal else done.stderr.splitlines()[-1]}"


def tested(mutant: Mutant, folder: Path) -> str:
    """What the trap's test says about the product in ``folder``; empty when it passes."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", f"tests/traps/{mutant.test}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False,
                              timeout=LIMIT_S, env={**os.environ, "PYTHONPATH": str(folder)})
    except subprocess.TimeoutExpired:
        return f"nothing within {LIMIT_S} s"
    if done.returncode == 0:
        return ""
    failed = re.findall(r"^E\s+(\S.*)", done.stdout, re.MULTILINE)
    return failed[0] if failed else f"ended with status {done.returncode}"


def verdict(mutant: Mutant) -> str:
    """What killed the mutant; empty when it lives."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        copy_product(folder)
        return apply(mutant, folder) or tested(mutant, folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trap", type=int, help="only this one's mutants")
    given = parser.parse_args()
    lost = [m for m in MUTANTS if places(m) != 1]
    for m in lost:
        print(f"{m.file} holds {places(m)} times, not once: {m.old!r}")
    alive = 0
    print("| trap | protection taken out | test | killed by |\n|---|---|---|---|")
    for m in MUTANTS:
        if m in lost or given.trap not in (None, m.trap):
            continue
        killer = verdict(m)
        alive += not killer
        words = killer.replace("|", "/")[:110] or "NOTHING: it lives"
        print(f"| {m.trap} | {m.protection} | `{m.test}` | {words} |", flush=True)
    return 1 if alive or lost else 0


if __name__ == "__main__":
    sys.exit(main())
