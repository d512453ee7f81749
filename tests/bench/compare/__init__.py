# SPDX-License-Identifier: ISC
"""Our server beside Dovecot: the same mail, the same commands, one table. Run by tests/bench/run."""
