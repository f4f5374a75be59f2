"""What the exchange says of a contract: tick, multiplier, lot, expiry. Answers to RequestTickerInfo.

The vendor widened three quantities of this callback to 64 bits in 4.0.0.38, so each of its two forms has two
trampolines, and the library's version chooses.
"""
from collections import namedtuple

from libc.stdint cimport int32_t, int64_t, uintptr_t
from libc.string cimport memset

from qt_core.library cimport from_units
from qt_core.trampolines cimport qt_door_open, qt_load_acquire, qt_load_relaxed, the_door

AssetInfo = namedtuple("AssetInfo", (
    "ticker", "exchange", "name", "description", "tick", "multiplier", "lot", "min_qty", "max_qty", "expiry", "isin",
    "security_type", "sub_type"))
AssetInfo.__doc__ = """A contract as the exchange describes it: tick in points, multiplier in money per point and
contract, quantities in contracts, expiry as the vendor's text."""

cdef qt_asset_infos_t infos


cdef inline void told(
        const TAssetIDRec* asset, qt_text_t name, qt_text_t description, int64_t min_qty, int64_t max_qty, int64_t lot,
        int32_t type, int32_t sub_type, double tick, double multiplier, qt_text_t expiry,
        qt_text_t isin) noexcept nogil:
    cdef qt_asset_told_t t
    if not qt_door_open(the_door()):
        return
    t.asset, t.name, t.description, t.expiry, t.isin = asset, name, description, expiry, isin
    t.min_qty, t.max_qty, t.lot = min_qty, max_qty, lot
    t.type, t.sub_type, t.tick, t.multiplier = type, sub_type, tick, multiplier
    qt_on_asset_info(the_door(), &infos, &t)


cdef void __stdcall on_asset_info(
        TAssetIDRec asset, qt_text_t name, qt_text_t description, int64_t min_qty, int64_t max_qty, int64_t lot,
        int32_t type, int32_t sub_type, double tick, double multiplier, qt_text_t expiry,
        qt_text_t isin) noexcept nogil:
    told(&asset, name, description, min_qty, max_qty, lot, type, sub_type, tick, multiplier, expiry, isin)


cdef void __stdcall on_asset_info_narrow(
        TAssetIDRec asset, qt_text_t name, qt_text_t description, int32_t min_qty, int32_t max_qty, int32_t lot,
        int32_t type, int32_t sub_type, double tick, double multiplier, qt_text_t expiry,
        qt_text_t isin) noexcept nogil:
    told(&asset, name, description, min_qty, max_qty, lot, type, sub_type, tick, multiplier, expiry, isin)


cdef void __stdcall on_asset_info_v2(
        TAssetIDRec asset, qt_text_t name, qt_text_t description, int64_t min_qty, int64_t max_qty, int64_t lot,
        int32_t type, int32_t sub_type, double tick, double multiplier, qt_text_t expiry, qt_text_t isin,
        qt_text_t sector, qt_text_t sub_sector, qt_text_t segment) noexcept nogil:
    told(&asset, name, description, min_qty, max_qty, lot, type, sub_type, tick, multiplier, expiry, isin)


cdef void __stdcall on_asset_info_v2_narrow(
        TAssetIDRec asset, qt_text_t name, qt_text_t description, int32_t min_qty, int32_t max_qty, int32_t lot,
        int32_t type, int32_t sub_type, double tick, double multiplier, qt_text_t expiry, qt_text_t isin,
        qt_text_t sector, qt_text_t sub_sector, qt_text_t segment) noexcept nogil:
    told(&asset, name, description, min_qty, max_qty, lot, type, sub_type, tick, multiplier, expiry, isin)


cdef void* asset_info_callback(bint wide) noexcept:
    return <void*> on_asset_info if wide else <void*> on_asset_info_narrow


cdef void* asset_info_v2_callback(bint wide) noexcept:
    return <void*> on_asset_info_v2 if wide else <void*> on_asset_info_v2_narrow


cdef dict ADDRESSES = {
    "on_asset_info": <uintptr_t> &on_asset_info, "on_asset_info_narrow": <uintptr_t> &on_asset_info_narrow,
    "on_asset_info_v2": <uintptr_t> &on_asset_info_v2,
    "on_asset_info_v2_narrow": <uintptr_t> &on_asset_info_v2_narrow,
}
NAMES = tuple(ADDRESSES)


def address(str name) -> int:
    """Address of a trampoline, for tests that call from C. Raises KeyError."""
    return ADDRESSES[name]


cdef object info_of(const qt_asset_info_t* r):
    return AssetInfo(
        from_units(r.ticker, r.ticker_n), from_units(r.exchange, r.exchange_n), from_units(r.name, r.name_n),
        from_units(r.description, r.description_n), r.tick, r.multiplier, r.lot, r.min_qty, r.max_qty,
        from_units(r.expiry, r.expiry_n), from_units(r.isin, r.isin_n), r.type, r.sub_type)


def told_so_far() -> list[AssetInfo]:
    """Every answer since ``forget``, oldest first; a contract that changed comes again. Any thread."""
    cdef int64_t n = qt_load_acquire(&infos.count), i
    return [info_of(&infos.row[i]) for i in range(n)]


def lost() -> int:
    """Answers that found the table full."""
    return qt_load_relaxed(&infos.lost)


def forget() -> None:
    """Starts again; while the library is quiet."""
    memset(&infos, 0, sizeof(qt_asset_infos_t))
