"""The four connection channels as the vendor reports them, and what they add up to."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LOGIN, ROUTING, MARKET, ACTIVATION = range(4)
NEVER = -1

#: Market-data results that mean connected: 5 and 6 warn that this process is slow in its callbacks.
MARKET_CONNECTED = (4, 5, 6)
ROUTING_READY = 5

LOGIN_FAILURES = {
    1: ("the login is invalid", "check PROFIT_USER"),
    2: ("the password is invalid", "check PROFIT_PASSWORD; repeated attempts lock it"),
    3: ("the password is blocked", "unblock it in the vendor's terminal"),
    4: ("the password has expired", "renew it in the vendor's terminal"),
    200: ("the login failed for an unknown reason", "close any other session that uses this activation key"),
}

WORDS: dict[int, dict[int, str]] = {
    LOGIN: {0: "logged in"},
    ROUTING: {0: "disconnected", 1: "connecting", 2: "connected to the routing server", 3: "broker disconnected",
              4: "broker connecting", 5: "broker connected"},
    MARKET: {0: "disconnected", 1: "connecting", 2: "waiting", 3: "not logged in", 4: "connected",
             5: "connected, slow", 6: "connected, delivery stalled"},
    ACTIVATION: {0: "valid"},
}
NAMES = ("login", "routing", "market data", "activation")


@dataclass
class ChannelStates:
    """Last result of each channel; -1 where none was reported. Assumes no order between the channels."""

    login: int = NEVER
    routing: int = NEVER
    market: int = NEVER
    activation: int = NEVER

    def update(self, channel: int, result: int) -> None:
        """One state callback. Channels that this version does not know are ignored."""
        if channel == LOGIN:
            self.login = result
        elif channel == ROUTING:
            self.routing = result
        elif channel == MARKET:
            self.market = result
        elif channel == ACTIVATION:
            self.activation = result

    def load(self, results: Sequence[int]) -> None:
        """All four at once."""
        self.login, self.routing, self.market, self.activation = results

    @property
    def data_ready(self) -> bool:
        """(0,0), (3,0) and market data connected."""
        return self.login == 0 and self.activation == 0 and self.market in MARKET_CONNECTED

    @property
    def orders_ready(self) -> bool:
        """Data, and the broker itself connected: (1,2) is not enough. Ask at the instant of every send."""
        return self.data_ready and self.routing == ROUTING_READY

    @property
    def slow(self) -> bool:
        """The vendor says that this process is too slow; data may be lost."""
        return self.market in MARKET_CONNECTED[1:]

    @property
    def failure(self) -> tuple[str, str] | None:
        """Cause and remedy when waiting longer is of no use."""
        if self.login > 0:
            return LOGIN_FAILURES.get(self.login, (f"the login failed with result {self.login}", "ask the vendor"))
        if self.activation > 0:
            return (f"the activation key is invalid (result {self.activation})", "check PROFIT_KEY")
        return None

    def words(self) -> dict[str, str]:
        """Each channel in words."""
        results = (self.login, self.routing, self.market, self.activation)
        return {NAMES[i]: WORDS[i].get(r, f"result {r}") if r != NEVER else "no answer" for i, r in enumerate(results)}

    def waiting_for(self, orders: bool) -> str:
        """Channels that are not ready, in words; empty when all are."""
        missing = [LOGIN] if self.login != 0 else []
        missing += [ACTIVATION] if self.activation != 0 else []
        missing += [MARKET] if self.market not in MARKET_CONNECTED else []
        missing += [ROUTING] if orders and self.routing != ROUTING_READY else []
        words = self.words()
        return ", ".join(f"{NAMES[i]}: {words[NAMES[i]]}" for i in missing)
