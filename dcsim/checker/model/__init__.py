"""The weekend as a model: every order of client actions, deliveries, runbook steps, slips and faults."""
