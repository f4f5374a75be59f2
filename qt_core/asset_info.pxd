# cython: language_level=3
"""What the exchange says of contracts; the mirror of include/qt_asset_info.h, and its four trampolines."""
from libc.stdint cimport int32_t, int64_t, uint16_t

from qt_core.profit cimport TAssetIDRec, qt_text_t
from qt_core.trampolines cimport qt_door_t

cdef extern from "qt_asset_info.h" nogil:
    ctypedef struct qt_asset_info_t:
        int64_t min_qty
        int64_t max_qty
        int64_t lot
        double tick
        double multiplier
        int32_t type
        int32_t sub_type
        uint16_t ticker_n
        uint16_t exchange_n
        uint16_t name_n
        uint16_t description_n
        uint16_t expiry_n
        uint16_t isin_n
        uint16_t* ticker
        uint16_t* exchange
        uint16_t* name
        uint16_t* description
        uint16_t* expiry
        uint16_t* isin

    ctypedef struct qt_asset_infos_t:
        int64_t count
        int64_t lost
        qt_asset_info_t* row

    ctypedef struct qt_asset_told_t:
        const TAssetIDRec* asset
        qt_text_t name
        qt_text_t description
        qt_text_t expiry
        qt_text_t isin
        int64_t min_qty
        int64_t max_qty
        int64_t lot
        int32_t type
        int32_t sub_type
        double tick
        double multiplier

    void qt_on_asset_info(qt_door_t* d, qt_asset_infos_t* infos, const qt_asset_told_t* told)

cdef void* asset_info_callback(bint wide) noexcept       # for SetAssetListInfoCallback
cdef void* asset_info_v2_callback(bint wide) noexcept    # for SetAssetListInfoCallbackV2
