# SPDX-License-Identifier: ISC
"""All operations in the order in which they are done: those that change the mail last."""
from .reads import READS

ALL = READS
