"""What dcsim does, callable without a terminal: functions from values to result values."""
