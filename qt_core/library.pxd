# cython: language_level=3
"""A loaded library: its exports, its version, and what every call to it has in common."""
from libc.stdint cimport int64_t, uint8_t, uint16_t

from qt_core cimport profit as p

cdef struct Records:            # version of each record that this library takes; falls once when it refuses one
    uint8_t send                # 2, 1; never 0: its enumerations mean other things
    uint8_t change              # 1, 0
    uint8_t cancel              # 1, 0
    uint8_t zero                # 2, 1
    uint8_t position            # 2, 1
    uint8_t order               # 1, 0
    uint8_t holder              # 1, 0

cdef bytes utf16(str text)                                   # NUL-terminated; keep it alive while the library reads it
cdef str from_units(const uint16_t* units, int length)
cdef str from_text(p.qt_text_t text, int most=*)             # up to its terminator, `most` units at the furthest
cdef int64_t checked(str call, int64_t code) except? -1      # the code itself when it is no error
cdef bint older(int64_t code, uint8_t* version, uint8_t floor) noexcept nogil   # refused: call again, one version down

cdef inline p.qt_text_t wide(bytes text) noexcept:
    return <p.qt_text_t> <const char*> text


cdef class AccountText:
    cdef p.TConnectorAccountIdentifier record
    cdef bytes account, sub


cdef class AssetText:
    cdef p.TConnectorAssetIdentifier record
    cdef bytes ticker, exchange


cdef class Library:
    cdef p.qt_profit_api_t api      # one pointer per export
    cdef Records records
    cdef bint depth_sides           # price depth tells the side that changed (from 4.0.0.34)
    cdef bint wide_quantities       # asset info carries 64-bit quantities (from 4.0.0.38)
    cdef readonly str path          # absolute
    cdef readonly str version       # "4.0.0.42", the simulated exchange's own, or "unknown"
    cdef readonly str version_note  # what to warn of, or empty
    cdef readonly bint simulated    # exports SIM_Version: a simulated exchange
    cdef int resolve(self, void* lib) except -1
    cdef int read_version(self) except -1
    cdef int enter(self, str call, const void* function) except -1
