"""The explorers: engines that visit all reachable states of a model, and know nothing of weekends."""
