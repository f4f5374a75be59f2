"""Invented exports of other platforms, in the forms that their owners publish."""
from __future__ import annotations

from pathlib import Path

TICKS_HEAD = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>"
TICKS = (TICKS_HEAD,
         "2020.04.02\t10:00:00.100\t5250.0\t5250.5\t\t\t6",
         "2020.04.02\t10:00:00.250\t\t\t5250.5\t10.00\t56",
         "2020.04.02\t10:00:00.250\t5250.5\t5251.0\t\t\t6",
         "2020.04.02\t10:00:01.000\t\t\t5250.5\t5.00\t88",
         "2020.04.02\t10:00:01.500\t5250.5\t0.00\t\t\t4",
         "2020.04.02\t10:00:02.000\t\t\t5251.0\t20.00\t120",
         "2020.04.02\t10:00:02.000\t5250.5\t5251.0\t5251.0\t20.00\t4")
BARS = ("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
        "2020.04.02\t10:00:00\t5250.0\t5252.0\t5249.5\t5251.0\t40\t900\t5",
        "2020.04.02\t10:01:00\t5251.0\t5251.5\t5250.0\t5250.5\t20\t300\t5",
        "2020.04.02\t10:05:00\t5250.5\t5250.5\t5250.5\t5250.5\t1\t5\t5")
TAPE_HEAD = "ATIVO;DATA;HORARIO;Corretora Compradora;Valor da Negociação;Qd Lts;Corretora Vendedora;Agressor"
#: Newest first, as Profit writes it.
TAPE = (TAPE_HEAD,
        "WDOK20;02/04/2020;10:00:03;3 - XP INVESTIMENTOS CCTVM S/A;5.251,00;1;3 - XP INVESTIMENTOS CCTVM S/A;RLP",
        "WDOK20;02/04/2020;10:00:02;85 - BTG;5.250,50;1.200;114 - ITAU - MESA A;Direto",
        "WDOK20;02/04/2020;10:00:01;85 - BTG;5.250,50;4;8 - UBS;Vendedor",
        "WDOK20;02/04/2020;10:00:01;85 - BTG;5.251,00;3;8 - UBS;Comprador",
        "WDOK20;02/04/2020;09:00:00;Mesa sem código;5.250,00;50;8;Leilão")
BARE_TAPE = ("WDOK20,02/04/20,10:00:01,3 - A,5251,1,85 - B,Comprador",
             "WDOK20,02/04/20,10:00:00,3 - A,5250.5,2,85 - B,Vendedor")
HISTORY = ("<ticker>,<date>,<time>,<trade_number>,<price>,<qty>,<vol>,<buy_agent>,<sell_agent>,<trade_type>,<aft>",
           "WDOFUT,20200402,90000,10,5250.00000000,25,1312500.0000,Capital,Genial,Auction,N",
           "WDOFUT,20200402,100001,20,5250.50000000,2,105010.0000,XP,BTG,AggressorBuyer,N",
           "WDOFUT,20200403,100001,10,5240.50000000,1,52405.0000,XP,BTG,AggressorSeller,N")
CANDLES = ("Ativo;Data;Hora;Abertura;Máximo;Mínimo;Fechamento;Volume;Quantidade",
           "WINJ20;02/04/2020;10:05:00;70.010;70.150;70.000;70.150;1.058.515.234,00;25.878",
           "WINJ20;02/04/2020;10:00:00;70.000;70.050;69.950;70.010;600.822.115,84;24.228")


def write(path: Path, lines: tuple[str, ...], *, encoding: str = "utf-8", end: str = "\r\n") -> Path:
    path.write_bytes((end.join(lines) + end).encode(encoding))
    return path


def changed(lines: tuple[str, ...], line: int, text: str) -> tuple[str, ...]:
    """A copy with one line (from 1) replaced."""
    return (*lines[:line - 1], text, *lines[line:])
