"""All schedules: explorers of one small protocol, and the weekend as a model of it."""
