from qt_core.account_calls import Account
from qt_core.order_reading import OrderReading

class OrderCalls(OrderReading):
    def send_order(
        self,
        account: Account,
        ticker: str,
        exchange: str,
        side: str,
        kind: str,
        qty: int,
        price: float = ...,
        stop_price: float = ...,
        password: str = ...,
    ) -> tuple[int, int]: ...
    def change_order(
        self,
        account: Account,
        local_id: int,
        cl_ord_id: str,
        qty: int,
        price: float,
        stop_price: float = ...,
        password: str = ...,
    ) -> int: ...
    def cancel_order(self, account: Account, local_id: int, cl_ord_id: str = ..., password: str = ...) -> int: ...
    def cancel_orders(self, account: Account, ticker: str, exchange: str, password: str = ...) -> None: ...
    def cancel_all_orders(self, account: Account, password: str = ...) -> None: ...
    def zero_position(
        self,
        account: Account,
        ticker: str,
        exchange: str,
        price: float = ...,
        position_type: int = ...,
        password: str = ...,
    ) -> tuple[int, int]: ...
    def set_day_trade(self, on: bool) -> None: ...
    def set_order_history(self, on: bool) -> None: ...
