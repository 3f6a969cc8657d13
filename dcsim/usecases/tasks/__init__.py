"""Tasks: one function over many payloads, in this process, in processes of this machine, or on a cluster."""
