# SPDX-License-Identifier: ISC
"""All operations in the order in which they are done: those that change the mail last."""
from .delivery import DELIVERIES, DISK
from .live import LIVE
from .reads import READS
from .writes import WRITES

ALL = [*DISK, *READS, *LIVE, *DELIVERIES, *WRITES]
